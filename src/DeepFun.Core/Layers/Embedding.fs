namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>What an embedding is made of.</summary>
[<NoComparison; ReferenceEquality>]
type EmbeddingOptions =
    {
        /// How many things are embedded: indices are 0 … Count − 1.
        Count: int
        /// Numbers for each.
        Features: int
        /// The index that means nothing: its row is zeros and learns nothing. None: there is none. Default: None.
        Padding: int option
        /// First weights. Default: as in PyTorch, normal with variance 1.
        WeightInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(count: int, features: int) =
        {
            Count = count
            Features = features
            Padding = None
            WeightInitializer = Initializers.normal 0.0 1.0
        }

/// <summary>How the rows of a bag become one.</summary>
[<RequireQualifiedAccess>]
type BagReduction =
    /// Their sum.
    | Sum
    /// Their mean.
    | Mean
    /// The largest of each feature.
    | Max

/// Rows of a table by index.
module internal Embedding =

    let private title kind (o: EmbeddingOptions) (more: string) =
        LayerOptions.title
            kind
            [
                string o.Count
                string o.Features
                (match o.Padding with
                 | Some p -> $"padding {p}"
                 | None -> "")
                more
            ]

    let private check (o: EmbeddingOptions) =
        LayerOptions.atLeast 1 "count of an embedding" o.Count
        LayerOptions.atLeast 1 "features of an embedding" o.Features

        match o.Padding with
        | Some p when p < 0 || p >= o.Count -> Errors.option "padding of an embedding" $"one of its {o.Count} indices" (string p)
        | Some _
        | None -> ()

    let private init (o: EmbeddingOptions) key =
        let shape = Shape.Adopt [| o.Count; o.Features |]
        Params.Of(struct ("weight", o.WeightInitializer.Draw(key, Fans.OfDense shape, shape)))

    let private lookUp name (p: Params) (x: Tensor) : Tensor =
        if not (DTypes.IsInteger x.DType) then
            SequenceErrors.indices name x.DType

        match x.DType with
        | DType.Int32
        | DType.Int64 -> take 0 x p["weight"]
        | _ -> take 0 (cast DType.Int32 x) p["weight"]

    /// Which indices mean nothing, with an axis for the features; null where none does.
    let private nothing (o: EmbeddingOptions) (x: Tensor) : Tensor =
        match o.Padding with
        | Some p -> expandDims -1 (equal x (fullLike (float p) x))
        | None -> null

    let layer (o: EmbeddingOptions) : Layer =
        check o
        let name = title "Embedding" o ""
        let outputShape (s: Shape) = Shape.Adopt(Array.append (s.ToArray()) [| o.Features |])

        let apply (p: Params) (x: Tensor) =
            let y = lookUp name p x
            let nothing = nothing o x
            if isNull nothing then y else where nothing (zerosLike y) y

        Layer.Stateless(name, outputShape, (fun key _ -> init o key), apply)

    let bag (reduction: BagReduction) (o: EmbeddingOptions) : Layer =
        check o

        let how =
            match reduction with
            | BagReduction.Sum -> "sum"
            | BagReduction.Mean -> "mean"
            | BagReduction.Max -> "max"

        let name = title "EmbeddingBag" o how

        let outputShape (s: Shape) =
            if s.Rank < 1 then
                Errors.layerInput name "bags of indices [… , size]" s

            let sizes = s.ToArray()
            sizes[sizes.Length - 1] <- o.Features
            Shape.Adopt sizes

        let apply (p: Params) (x: Tensor) =
            if x.Rank < 2 then
                Errors.rank name "a batch of bags [N, … , size]" x.Shape

            let y = lookUp name p x
            let nothing = nothing o x
            let kept = if isNull nothing then y else where nothing (zerosLike y) y

            match reduction with
            | BagReduction.Sum -> sumOver [ -2 ] kept
            | BagReduction.Mean when isNull nothing -> meanOver [ -2 ] y
            | BagReduction.Mean ->
                let count = sumOver [ -2 ] (cast y.DType (logicalNot nothing))
                sumOver [ -2 ] kept / maximum count (onesLike count)
            | BagReduction.Max when isNull nothing -> amaxOver [ -2 ] y
            | BagReduction.Max ->
                let largest = amaxOver [ -2 ] (where nothing (fullLike -infinity y) y)
                // A bag of nothing is nothing.
                where (isInfinite largest) (zerosLike largest) largest

        Layer.Stateless(name, outputShape, (fun key _ -> init o key), apply)

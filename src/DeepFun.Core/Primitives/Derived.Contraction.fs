namespace DeepFun.FSharp

open System
open DeepFun

/// Equations of einsum. A label is a letter, or a negative number for an axis that "..." stands for: −1 is its last.
module internal Einsum =

    let private isLetter (c: char) = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'

    /// The labels of one operand, or of the result, in which "..." stands for so many axes.
    let private labels (equation: string) (hidden: int) (term: string) : int list =
        let letters (part: string) =
            [
                for c in part do
                    if not (isLetter c) then
                        Errors.einsum equation $"'{c}' is not a letter"

                    int c
            ]

        match term.Split "..." with
        | [| all |] -> letters all
        | [| before; behind |] -> letters before @ [ for i in hidden .. -1 .. 1 -> -i ] @ letters behind
        | _ -> Errors.einsum equation "\"...\" may come once in each operand"

    /// The labels of each operand, and of the result.
    let parse (equation: string) (shapes: Shape[]) : int list[] * int list =
        let text = equation.Replace(" ", "")

        let left, right =
            match text.Split "->" with
            | [| left |] -> left, None
            | [| left; right |] -> left, Some right
            | _ -> Errors.einsum equation "\"->\" may come once"

        let terms = left.Split ','

        if terms.Length <> shapes.Length then
            Errors.einsum equation $"its number of operands is {terms.Length}, and that of the tensors {shapes.Length}"

        let hidden =
            Array.map2
                (fun (term: string) (shape: Shape) ->
                    let named = term.Replace("...", "").Length
                    let rest = shape.Rank - named

                    if rest < 0 || rest > 0 && not (term.Contains "...") then
                        Errors.einsum equation $"'{term}' does not name the axes of shape {shape}"

                    rest)
                terms
                shapes

        let inputs = Array.map2 (labels equation) hidden terms

        match right with
        | Some term ->
            let output = labels equation (Array.fold max 0 hidden) term

            for l in output do
                if not (inputs |> Array.exists (List.contains l)) then
                    Errors.einsum equation $"no operand has '{char l}'"

            if (List.distinct output).Length <> output.Length then
                Errors.einsum equation "the result names a letter twice"

            inputs, output
        | None ->
            // NumPy's rule: the letters that come once, in order.
            let once = inputs |> Seq.concat |> Seq.countBy id |> Seq.filter (fun (l, n) -> l < 0 || n = 1)
            inputs, once |> Seq.map fst |> Seq.sort |> List.ofSeq

/// <summary>Products composed from the matrix product.</summary>
[<AutoOpen>]
module Products =

    /// A tensor whose axes have labels, each once.
    [<Struct; NoComparison; NoEquality>]
    type private Labelled = { Labels: int list; Value: Tensor }

    let private sizeOf (t: Labelled) (label: int) = t.Value.Shape[List.findIndex ((=) label) t.Labels]

    /// Axes that have one label become one, their diagonal.
    let rec private diagonals (t: Labelled) : Labelled =
        match t.Labels |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | None -> t
        | Some(label, _) ->
            let i = List.findIndex ((=) label) t.Labels
            let j = List.findIndexBack ((=) label) t.Labels

            diagonals
                {
                    Labels = (t.Labels |> List.removeAt j |> List.removeAt i) @ [ label ]
                    Value = diagonal 0 i j t.Value
                }

    /// Sums over the labels that nothing else has.
    let private reduced (needed: int -> bool) (t: Labelled) : Labelled =
        let gone = t.Labels |> List.indexed |> List.filter (fun (_, l) -> not (needed l))

        if gone.IsEmpty then
            t
        else
            {
                Labels = List.filter needed t.Labels
                Value = sumAxes (gone |> List.map fst |> Array.ofList) t.Value
            }

    /// The axes in the order of these groups of labels, each group one axis.
    let private grouped (groups: int list list) (t: Labelled) : Tensor =
        let order = groups |> List.concat |> List.map (fun l -> List.findIndex ((=) l) t.Labels)
        permute order t.Value |> reshape (groups |> List.map (List.fold (fun n l -> n * sizeOf t l) 1))

    /// Product of two, summed over the shared labels that nothing else needs.
    let private contract (needed: int -> bool) (x: Labelled) (y: Labelled) : Labelled =
        let shared = x.Labels |> List.filter (fun l -> List.contains l y.Labels)
        let batch, summed = List.partition needed shared
        let left, right = List.except shared x.Labels, List.except shared y.Labels
        let sizes = (batch @ left |> List.map (sizeOf x)) @ (right |> List.map (sizeOf y))

        let product: Tensor =
            if summed.IsEmpty then
                grouped [ batch; left; [] ] x * grouped [ batch; []; right ] y
            else
                let lead = if batch.IsEmpty then [] else [ batch ]
                matmul (grouped (lead @ [ left; summed ]) x) (grouped (lead @ [ summed; right ]) y)

        { Labels = batch @ left @ right; Value = reshape sizes product }

    /// The products in the order that costs least; a label is kept while the result or an operand outside needs it.
    let private contractAll (size: int -> int) (output: int list) (ts: Labelled list) : Labelled =
        let ts = Array.ofList ts
        let labels = ts |> Seq.collect _.Labels |> Seq.append output |> Seq.distinct |> Array.ofSeq
        let place = labels |> Seq.indexed |> Seq.map (fun (i, l) -> l, i) |> dict
        let set = List.fold (fun s (l: int) -> s ||| (UInt128.One <<< place[l])) UInt128.Zero
        let sizes = labels |> Array.map (fun l -> float (size l))
        let order = ContractionOrder.best sizes (set output) (ts |> Array.map (fun t -> set t.Labels))

        let rec join (order: ContractionOrder.Order) : Set<int> * Labelled =
            match order with
            | ContractionOrder.Order.Operand i -> Set.singleton i, ts[i]
            | ContractionOrder.Order.Product(a, b) ->
                let left, x = join a
                let right, y = join b
                let inside = left + right
                let outside l = ts |> Seq.indexed |> Seq.exists (fun (i, t) -> not (inside.Contains i) && List.contains l t.Labels)
                inside, contract (fun l -> List.contains l output || outside l) x y

        snd (join order)

    /// <summary>
    /// Sums of products by Einstein's convention: each letter names an axis, axes with the same letter run together, and a letter that the
    /// result does not have is summed over. <c>einsum "ij,jk->ik" [ a; b ]</c> is the matrix product.
    /// </summary>
    /// <remarks>
    /// Shape: the result's axes are the letters behind "->", in order; without "->" those that come once, capitals first. A letter twice in one
    /// operand is its diagonal. "..." stands for the remaining axes, which broadcast from the last. Blanks do not count.
    /// Dtype: the promoted one. Equation: "ij,jk->ik" is yᵢₖ = Σⱼ aᵢⱼ bⱼₖ.
    /// Order: the one with the fewest multiplications of all up to 8 operands (dynamic programming over subsets, as NumPy's and opt_einsum's
    /// "optimal"); beyond, the pair whose product has the fewest elements more than its factors goes first ("greedy").
    /// Errors: DF0130 an equation that is not one or does not fit the shapes.
    /// Source: numpy.einsum, torch.einsum. Deviation: axes of size 1 broadcast under "..." alone, not under a letter.
    /// </remarks>
    let einsum (equation: string) (operands: Tensor seq) : Tensor =
        let operands = Array.ofSeq operands

        if operands.Length = 0 then
            Errors.einsum equation "no tensor came"

        let inputs, output = Einsum.parse equation (operands |> Array.map _.Shape)
        let dtype = operands |> Array.map _.DType |> Array.reduce (fun a b -> DTypes.Promote(a, b))
        let sizes = Collections.Generic.Dictionary<int, int>()

        for labels, x in Array.zip inputs operands do
            for l, n in Seq.zip labels x.Shape do
                match sizes.TryGetValue l with
                | true, m when m = n || l < 0 && n = 1 -> ()
                | true, m when l > 0 || m <> 1 ->
                    let what = if l > 0 then $"'{char l}'" else "an axis of \"...\""
                    Errors.einsum equation $"{what} is {m} long in one place and {n} in another"
                | _ -> sizes[l] <- n

        let start (labels: int list) (x: Tensor) =
            // An axis of size 1 that broadcasts is left out: the others bring it back.
            let isKept a l = not (l < 0 && x.Shape[a] = 1 && sizes[l] <> 1)
            let kept = labels |> List.indexed |> List.filter (fun (a, l) -> isKept a l)
            let value = cast dtype x |> reshape (kept |> List.map (fun (a, _) -> x.Shape[a]))
            diagonals { Labels = List.map snd kept; Value = value }

        let ts = Array.map2 start inputs operands
        let alone = ts |> Seq.collect _.Labels |> Seq.countBy id |> Seq.filter (fun (_, n) -> n = 1) |> Seq.map fst |> Set.ofSeq
        let needed l = List.contains l output || not (alone.Contains l)
        let result = ts |> Array.map (reduced needed) |> List.ofArray |> contractAll (fun l -> sizes[l]) output
        permute (output |> List.map (fun l -> List.findIndex ((=) l) result.Labels)) result.Value

    /// <summary>Kronecker's product: every element of x times the whole of y.</summary>
    /// <remarks>
    /// Shape: [a₁, a₂, …] and [b₁, b₂, …] give [a₁ b₁, a₂ b₂, …]; the one with fewer axes gets leading ones of size 1. Dtype: the promoted one.
    /// Equation: z[i b₁ + k, j b₂ + l] = x[i, j] y[k, l]. Source: numpy.kron, torch.kron.
    /// </remarks>
    let kron (x: Tensor) (y: Tensor) : Tensor =
        let rank = max x.Rank y.Rank
        let sizes (t: Tensor) = List.replicate (rank - t.Rank) 1 @ List.ofSeq t.Shape
        let a, b = sizes x, sizes y
        let left = reshape (a |> List.collect (fun n -> [ n; 1 ])) x
        let right = reshape (b |> List.collect (fun n -> [ 1; n ])) y
        left * right |> reshape (List.map2 (*) a b)

    /// <summary>The n-th power of square matrices, n ≥ 0, with about 2 log₂ n products; the 0th is the identity.</summary>
    /// <remarks>
    /// Shape: [B…, m, m] → the same. Dtype: x's. Equation: xⁿ = (x²)^⌊n/2⌋ · x if n is odd.
    /// Errors: DF0125 what is no square matrix; DF0126 n below 0. Source: numpy.linalg.matrix_power.
    /// </remarks>
    let matrixPower (n: int) (x: Tensor) : Tensor =
        if x.Rank < 2 || x.Shape[x.Rank - 1] <> x.Shape[x.Rank - 2] then
            Errors.rank "matrixPower" "square matrices in the last two axes" x.Shape

        if n < 0 then
            Errors.count "matrixPower" "a power of at least 0 (of the inverse for others)" n

        let rec power n (x: Tensor) : Tensor =
            if n = 1 then x
            elif n % 2 = 0 then power (n / 2) (matmul x x)
            else matmul (power (n / 2) (matmul x x)) x

        if n = 0 then
            let i = indices x.Shape[x.Rank - 1] x
            Tensor.BroadcastTo(x.Shape, cast x.DType (equal (expandDims 0 i) (expandDims 1 i)))
        else
            power n x

    /// <summary>Dot products of vectors along an axis, which disappears; the other axes broadcast.</summary>
    /// <remarks>
    /// Shape: the broadcast one without the axis. Dtype: the promoted one. Equation: z = Σᵢ xᵢ yᵢ.
    /// Errors: DF0110 shapes that do not broadcast; DF0112 no such axis. Source: numpy.vecdot, torch.linalg.vecdot, for real numbers.
    /// </remarks>
    let vecdot (axis: int) (x: Tensor) (y: Tensor) : Tensor = sumOver [ axis ] (x * y)

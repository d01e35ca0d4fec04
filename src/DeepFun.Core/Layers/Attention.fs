namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>What attention weighs, beside queries, keys and values.</summary>
[<NoComparison; NoEquality>]
type AttentionScores =
    {
        /// Whether query i of L sees the keys up to its own place only, key i + S − L of S: both end at the same place. Default: false.
        Causal: bool
        /// Bool, [… , L, S] or what broadcasts to it: true where a query may see a key. Null: everywhere. Default: null.
        Mask: Tensor
        /// What products are multiplied by; None: 1/√d. Default: None.
        Scale: float option
    }

    /// <summary>Everything sees everything.</summary>
    static member Default = { Causal = false; Mask = null; Scale = None }

/// <summary>Attention as functions of tensors, and where things stand in a sequence.</summary>
[<RequireQualifiedAccess>]
module Attention =

    /// The number whose exponential is 0 beside any other score, and from which the largest can be taken away.
    let private never (dtype: DType) = if dtype = DType.Float16 then -6e4 else -1e30

    let private sizes (x: Tensor) = x.Shape.ToArray()

    /// <summary>Whether a query at a place (of L) sees a key (of S); both end at the same place. Bool [L, S], at the level of x.</summary>
    let internal causal (queries: int) (keys: int) (x: Tensor) : Tensor =
        lessOrEqual (expandDims 0 (indices keys x)) (expandDims 1 (indices queries x) + float (keys - queries))

    /// Scores under masks; weights of rows that see nothing are 0.
    let private weigh (o: AttentionScores) (scores: Tensor) : Tensor =
        let queries, keys = scores.Shape[scores.Rank - 2], scores.Shape[scores.Rank - 1]

        let mask =
            match o.Causal, o.Mask with
            | false, mask -> mask
            | true, null -> causal queries keys scores
            | true, mask -> logicalAnd mask (causal queries keys scores)

        if isNull mask then
            softmax -1 scores
        else
            let weights = softmax -1 (where mask scores (fullLike (never scores.DType) scores))
            // Without a mask each causal row sees its own place at least, if there are as many keys.
            if isNull o.Mask && queries <= keys then weights else where mask weights (zerosLike weights)

    /// How many queries share each key: their heads are a multiple of the keys'.
    let private groups (q: Tensor) (k: Tensor) (v: Tensor) =
        let refuse () = SequenceErrors.attention q.Shape k.Shape v.Shape

        if q.Rank < 2 || k.Rank <> q.Rank || v.Rank <> q.Rank then
            refuse ()

        let last (x: Tensor) = x.Shape[x.Rank - 1]
        let rows (x: Tensor) = x.Shape[x.Rank - 2]

        if last q <> last k || rows k <> rows v || sizes(k)[.. k.Rank - 3] <> sizes(v)[.. v.Rank - 3] then
            refuse ()

        if q.Rank < 3 then
            1
        else
            let heads, shared = q.Shape[q.Rank - 3], k.Shape[k.Rank - 3]

            if shared = 0 || heads % shared <> 0 || sizes(q)[.. q.Rank - 4] <> sizes(k)[.. k.Rank - 4] then
                refuse ()

            heads / shared

    /// The heads that share a key as more rows of one matrix: no key is repeated.
    let private gather groups (x: Tensor) =
        if groups = 1 then
            x
        else
            let s = sizes x
            let n = s.Length
            reshape (Array.append s[.. n - 4] [| s[n - 3] / groups; groups * s[n - 2]; s[n - 1] |]) x

    let private spread groups (x: Tensor) =
        if groups = 1 then
            x
        else
            let s = sizes x
            let n = s.Length
            reshape (Array.append s[.. n - 4] [| s[n - 3] * groups; s[n - 2] / groups; s[n - 1] |]) x

    let private weightsIn groups (o: AttentionScores) (q: Tensor) (k: Tensor) : Tensor =
        let scale = o.Scale |> Option.defaultWith (fun () -> 1.0 / Math.Sqrt(float (max 1 q.Shape[q.Rank - 1])))
        matmul (gather groups (q * scale)) (transpose k) |> spread groups |> weigh o

    /// The result, with a function of the weights between (dropout).
    let internal attend (between: Tensor -> Tensor) (o: AttentionScores) (q: Tensor) (k: Tensor) (v: Tensor) : Tensor =
        let groups = groups q k v
        matmul (gather groups (between (weightsIn groups o q k))) v |> spread groups

    /// <summary>How much each query takes of each key's value, to look at: softmax(Q Kᵀ · scale), [… , heads, L, S]; rows sum to 1, or are 0.</summary>
    /// <remarks>Everything else as <c>scaledDotProductOf</c>, which is these weights times V. Errors: DF0940 shapes that do not fit.</remarks>
    let weights (scores: AttentionScores) (q: Tensor) (k: Tensor) : Tensor = weightsIn (groups q k k) scores q k

    /// <summary>softmax(Q Kᵀ · scale) V, with masks.</summary>
    /// <remarks>
    /// Arguments: what is weighed. Input: queries [… , heads, L, d], keys [… , heads / g, S, d], values [… , heads / g, S, e]; each key and
    /// value head serves g neighbouring query heads (grouped queries; g = 1 is the usual case). Output: [… , heads, L, e].
    /// A query that may see nothing (under the mask; the first L − S causal ones, where L &gt; S) gives zeros and has no derivative.
    /// Parameters and state: none. Errors: DF0940 shapes that do not fit.
    /// Source: Vaswani et al. 2017, arXiv:1706.03762; grouped queries: Ainslie et al. 2023, arXiv:2305.13245.
    /// </remarks>
    let scaledDotProductOf (scores: AttentionScores) (q: Tensor) (k: Tensor) (v: Tensor) : Tensor = attend id scores q k v

    /// <summary>softmax(Q Kᵀ / √d) V: queries [… , L, d], keys [… , S, d], values [… , S, e] → [… , L, e].</summary>
    let scaledDotProduct (q: Tensor) (k: Tensor) (v: Tensor) : Tensor = scaledDotProductOf AttentionScores.Default q k v

    /// <summary>True at the places before a sequence's end: lengths [N] → bool [N, T].</summary>
    let lengthMask (longest: int) (lengths: Tensor) : Tensor =
        less (expandDims 0 (indices longest lengths)) (expandDims -1 (cast DType.Int32 lengths))

    /// Angles [L, features / 2]: place · base^(−2 i / features).
    let private angles (operation: string) (wave: float) (features: int) (dtype: DType) (places: Tensor) : Tensor =
        if features < 2 || features % 2 <> 0 then
            Errors.option $"features of {operation}" "even, at least 2" (string features)

        let powers = cast dtype (indices (features / 2) places) * (-2.0 * Math.Log wave / float features)
        expandDims -1 (cast dtype places) * exp powers

    /// Sinusoidal positions in the dtype of what they are added to; those of 16-bit floats are float32's, rounded.
    let internal sinusoidalIn (dtype: DType) (features: int) (places: Tensor) : Tensor =
        let wide = if DTypes.IsReducedPrecision dtype then DType.Float32 else dtype
        let a = angles "sinusoidal positions" 10000.0 features wide places
        cast dtype (reshape [ places.Shape[0]; features ] (stack -1 [ sin a; cos a ]))

    /// <summary>Sinusoidal positions: sin(place · 10000^(−2i/features)) at 2i, its cosine at 2i + 1; places [L] → [L, features], float32.</summary>
    /// <remarks>Errors: DF0902 an odd number of features. Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.</remarks>
    let sinusoidal (features: int) (places: Tensor) : Tensor = sinusoidalIn DType.Float32 features places

    /// <summary>Rotary positions: the pair of features i and i + d/2 of row l is turned by places[l] · wave^(−2i/d): [… , L, d], places [L].</summary>
    /// <remarks>
    /// Products of turned queries and keys depend on differences of places. The usual wave is 10000. Errors: DF0902 an odd d.
    /// Source: Su et al. 2021, arXiv:2104.09864. Deviation: halves are paired, as in GPT-NeoX and Llama, where the paper pairs neighbours.
    /// </remarks>
    let rotary (wave: float) (places: Tensor) (x: Tensor) : Tensor =
        let d = x.Shape[x.Rank - 1]
        let a = angles "rotary positions" wave d (if DTypes.IsReducedPrecision x.DType then DType.Float32 else x.DType) places
        let c, s = cast x.DType (cos a), cast x.DType (sin a)
        let low, high = slice -1 0 (d / 2) x, slice -1 (d / 2) d x
        concat -1 [ low * c - high * s; high * c + low * s ]

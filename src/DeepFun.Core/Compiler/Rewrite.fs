namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// The numbers that the compiler itself computes with.
[<RequireQualifiedAccess>]
module internal Arithmetic =

    /// Whether literals of this dtype are folded, and its loops fused.
    let isNative (dtype: DType) : bool = dtype = DType.Float32 || dtype = DType.Float64

/// How far a rewrite keeps values.
[<RequireQualifiedAccess>]
type internal Strength =
    /// Bit for bit on every value (a NaN stays a NaN): for programs that run.
    | Exact
    /// On real numbers; may change the sign of a zero, a last digit, or what NaN and infinities give: for reading.
    | Algebraic

/// What a rewrite puts in an equation's place.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal Rewritten =
    | Variable of int
    | Number of float
    | Equation of Prim * int[]
    | Nothing

/// What rewrites ask of the primitive that made an operand.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal Produced =
    | Number of float * TensorType
    | Moved of Move
    | Other

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Produced =

    let private ofPrim (prim: Prim) : Produced =
        match prim with
        | Prim.Generate(Generate.Fill(c, ty)) -> Produced.Number(c, ty)
        | Prim.Move move -> Produced.Moved move
        | Prim.Generate(Generate.Iota _ | Generate.Random _)
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Reduce _
        | Prim.Along _
        | Prim.Index _
        | Prim.Contract _
        | Prim.Linalg _
        | Prim.Window _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> Produced.Other

    let ofOperation (operation: Operation) : Produced =
        match operation with
        | Operation.Prim prim -> ofPrim prim
        | Operation.Block _ -> Produced.Other

/// What rewrites may know of the operands.
[<Sealed>]
type internal Definitions(types: TensorType[], equations: Equation[]) =
    member _.Type(v: int) = types[v]

    /// The operands of this primitive, if it defines the variable.
    member _.OperandsOf(prim: Prim, v: int) : int[] voption =
        if isNull equations[v] then
            ValueNone
        else
            match equations[v].Operation with
            | Operation.Prim found when found = prim -> ValueSome equations[v].Inputs
            | Operation.Prim _
            | Operation.Block _ -> ValueNone

    /// The value of a variable whose elements are all one number: of float32 as that dtype holds it, of any other dtype as it was written.
    member _.Number(v: int) : float voption =
        if isNull equations[v] then
            ValueNone
        else
            match Produced.ofOperation equations[v].Operation with
            | Produced.Number(c, ty) -> ValueSome(if ty.DType = DType.Float32 then float (float32 c) else c)
            | Produced.Moved _
            | Produced.Other -> ValueNone

    /// The movement that defines a variable, and its operands.
    member _.Move(v: int) : struct (Move * int[]) voption =
        if isNull equations[v] then
            ValueNone
        else
            match Produced.ofOperation equations[v].Operation with
            | Produced.Moved move -> ValueSome(struct (move, equations[v].Inputs))
            | Produced.Number _
            | Produced.Other -> ValueNone

    /// Whether a variable is this number everywhere; −0 is not 0.
    member this.Is(c: float, v: int) =
        match this.Number v with
        | ValueSome found -> found = c && Double.IsNegative found = Double.IsNegative c
        | ValueNone -> false

/// One law of algebra, with the values on which it holds.
[<NoComparison; NoEquality>]
type internal Rewrite =
    {
        Law: string
        Strength: Strength
        /// Definitions, operands and type of the result → what is put in its place.
        Apply: Definitions -> int[] -> TensorType -> Rewritten
    }

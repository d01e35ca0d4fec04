namespace DeepFun

open System
open DeepFun.Backends
open DeepFun.Backends.Cpu
open DeepFun.Backends.Cpu.Movement

/// A variable as a view of another that lies in row-major order without gaps.
[<NoComparison; ReferenceEquality>]
type internal View =
    {
        /// The variable that has the memory, and its elements.
        Root: int
        RootSize: int
        Shape: Shape
        Strides: int[]
        Offset: int
    }

/// Which views give each of several parts of their root, equal shares of its memory in order, a part of their own.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal View =

    /// The strides that a movement gives a value of this shape and these strides, if what it gives is a view.
    let strides (move: Move) (shape: Shape) (strides: int[]) : int[] voption =
        match move with
        | Move.Permute axes -> ValueSome(axes |> Array.map (fun axis -> strides[axis]))
        | Move.Broadcast(wide, axes) ->
            let found: int[] = Array.zeroCreate wide.Rank
            axes |> Array.iteri (fun i axis -> found[axis] <- if shape[i] = 1 then 0 else strides[i])
            ValueSome found
        | Move.Slice(_, _, steps) -> ValueSome(Array.map2 (*) strides steps)
        | Move.Reshape target ->
            let found: int[] = Array.zeroCreate target.Rank

            if ViewStrides.TryReshape(ReadOnlySpan shape.Dims, ReadOnlySpan strides, ReadOnlySpan target.Dims, Span found) then
                ValueSome found
            else
                ValueNone
        | Move.Pad _
        | Move.Concat _ -> ValueNone

    /// A variable that has its own memory.
    let root (v: int) (shape: Shape) : View =
        {
            Root = v
            RootSize = shape.Size
            Shape = shape
            Strides = CpuStorage.RowMajor shape.Dims
            Offset = 0
        }

    /// A view moved, if that is a view. One that repeats what it shows is none: parts then share it.
    let move (move: Move) (view: View) : View voption =
        let moved (shape: Shape) (first: int) =
            strides move view.Shape view.Strides
            |> ValueOption.map (fun strides -> { view with Shape = shape; Strides = strides; Offset = view.Offset + first })

        match move with
        | Move.Reshape shape -> moved shape 0
        | Move.Permute axes -> moved (Shape.Create(axes |> Array.map (fun axis -> view.Shape[axis]))) 0
        | Move.Slice(starts, shape, _) -> moved shape (Array.map2 (*) starts view.Strides |> Array.sum)
        | Move.Broadcast _
        | Move.Pad _
        | Move.Concat _ -> ValueNone

    /// How many leading axes it takes for a whole number of elements a part; −1 where there are none.
    let leading (parts: int) (shape: Shape) : int =
        let mutable size = 1
        let mutable axes = 0

        while size % parts <> 0 && axes < shape.Rank do
            size <- size * shape[axes]
            axes <- axes + 1

        if size % parts = 0 then axes else -1

    /// Whether every part reads its own share of the root alone, where the view's axes go to these of a space (-1: nowhere) with so many leading axes.
    let isByPart (parts: int) (space: Shape) (leading: int) (axes: int[]) (view: View) : bool =
        let share = view.RootSize / parts
        let places = [| 0 .. view.Shape.Rank - 1 |] |> Array.filter (fun i -> view.Shape[i] <> 1)
        let outer = places |> Array.filter (fun i -> axes[i] < leading)
        let spaceAxes = [| 0 .. leading - 1 |] |> Array.filter (fun a -> space[a] <> 1)
        let last = if outer.Length = 0 then 0 else view.Strides[Array.last outer]
        let rows = spaceAxes |> Array.fold (fun n a -> n * space[a]) 1

        // One step for all leading axes together.
        let isOneAxis =
            outer |> Array.map (fun i -> axes[i]) = spaceAxes
            && (let mutable step = last

                outer
                |> Array.rev
                |> Array.forall (fun i ->
                    let fits = view.Strides[i] = step
                    step <- step * view.Shape[i]
                    fits))

        let inner = places |> Array.except outer
        let reach = inner |> Array.sumBy (fun i -> (view.Shape[i] - 1) * view.Strides[i])

        view.RootSize % parts = 0
        && isOneAxis
        && last * (rows / parts) = share
        && (inner |> Array.forall (fun i -> view.Strides[i] >= 0))
        && view.Offset + reach + (rows / parts - 1) * last < share

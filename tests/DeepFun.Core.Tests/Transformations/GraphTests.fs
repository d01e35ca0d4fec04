/// Graphs: what is printed, and what the checker refuses. And the tape, which takes linear primitives only.
module DeepFun.Core.Tests.Transformations.GraphTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private pair: TensorType = { Shape = shapeOf [ 2 ]; DType = DType.Float32 }
let private single: TensorType = { pair with Shape = shapeOf [] }

/// (v0) -> v1 = exp v0; v2 = mul v0 v1
let private good =
    {
        Inputs = [| 0 |]
        Equations = [| Equation(Prim.Unary Unary.Exp, [| 0 |], 1); Equation(Prim.Binary Binary.Mul, [| 0; 1 |], 2) |]
        Outputs = [| 2 |]
        Types = [| pair; pair; pair |]
    }

[<Fact>]
let ``a graph prints as a program`` () =
    let c = Tensor.zeros [ 2 ]
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| sum (exp xs[0] * c); xs[0] |]) [| pair |]
    Assert.Single closedOver |> fun x -> Assert.Same(c, x)

    let expected =
        [
            "(v0: float32[2], v2: float32[2]) ->"
            "  v1: float32[2] = exp v0"
            "  v3: float32[2] = mul v1 v2"
            "  v4: float32[] = sum [0] v3"
            "  return v4, v0"
        ]

    Assert.Equal(String.concat "\n" expected, Graph.show g)

[<Fact>]
let ``constants are literals of the graph, closed-over tensors inputs that come once`` () =
    let c = Tensor.zeros [ 2 ]
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| xs[0] * c + c; zerosLike xs[0]; c |]) [| pair |]
    Assert.Equal(1, closedOver.Length)
    Assert.Equal(2, g.Inputs.Length)

    let literals =
        g.Equations
        |> Array.filter (fun e ->
            match e.Operation with
            | Operation.Prim(Prim.Generate _) -> true
            | _ -> false)

    Assert.NotEmpty literals

[<Fact>]
let ``an argument that is not read stays an input`` () =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| xs[1] |]) [| pair; single |]
    Assert.Equal<int[]>([| 0; 1 |], g.Inputs)
    Assert.Equal<int[]>([| 1 |], g.Outputs)

[<Fact>]
let ``the checker passes a good graph and names what is wrong with others`` () =
    Assert.Same(good, Check.graph good)

    let refused what (g: Graph) =
        let code, message = errorOf (fun () -> Check.graph g)
        Assert.Equal("DF0408", code)
        Assert.Contains(what, message)

    refused "read by" { good with Equations = Array.rev good.Equations }
    refused "defined twice" { good with Inputs = [| 0; 0 |] }
    refused "defined twice" { good with Equations = Array.append good.Equations good.Equations }
    refused "read by the result" { good with Equations = [| good.Equations[0] |] }
    refused "has no type" { good with Inputs = [| 0; 7 |] }
    refused "is read by the result" { good with Outputs = [| 9 |] }
    refused "operands instead of" { good with Equations = [| Equation(Prim.Unary Unary.Exp, [| 0; 0 |], 1); good.Equations[1] |] }
    refused "gives" { good with Types = [| pair; pair; single |] }
    refused "gives" { good with Types = [| pair; pair; { pair with DType = DType.Float64 } |] }
    // A wrong operand is refused by inference.
    let different =
        { good with
            Inputs = [| 0; 1 |]
            Equations = [| Equation(Prim.Binary Binary.Mul, [| 0; 1 |], 2) |]
            Types = [| pair; single; pair |]
        }

    Assert.Equal("DF0111", fst (errorOf (fun () -> Check.graph different)))

/// Every row of the table whose primitive is not linear in its first operand.
let private linear (prim: Prim) =
    match prim with
    | Prim.Unary Unary.Neg
    | Prim.Binary(Binary.Mul | Binary.Div)
    | Prim.Reduce(Reduce.Sum _)
    | Prim.Along(Along.CumulativeSum _ | Along.Fourier _)
    | Prim.Index(Indexed.Gather _ | Indexed.ScatterAdd _)
    | Prim.Contract _
    | Prim.Window(Window.Sum _ | Window.SumTranspose _) -> true
    | Prim.Cast dtype -> DTypes.IsFloating dtype
    | Prim.Move(Move.Pad p) -> p.Value = 0.0
    | Prim.Move _ -> true
    | _ -> false

[<Fact>]
let ``the tape refuses what is not linear`` () =
    for row in Laws.Products.table do
        if row.Operands.Length > 0 then
            let tape = Tape(Interpreter.NextLevel(), Eval.Cpu)
            let xs = Laws.Row.inputs row 0
            xs[0] <- tape.Input xs[0].Type

            if linear row.Prim then
                Assert.IsType<Linear>(Tensor.Bind(row.Prim, xs)) |> ignore
            else
                Assert.Equal("DF0407", fst (errorOf (fun () -> Tensor.Bind(row.Prim, xs))))

[<Fact>]
let ``a product of two tangents is refused`` () =
    let tape = Tape(Interpreter.NextLevel(), Eval.Cpu)
    let a, b = tape.Input pair, tape.Input pair
    throws "DF0407" (fun () -> (a :> Tensor) * b)
    throws "DF0407" (fun () -> Tensor.zeros [ 2 ] / a)
    throws "DF0407" (fun () -> (a :> Tensor) + 1.0)
    throws "DF0402" (fun () -> (a :> Tensor).ToDoubles())

[<Fact>]
let ``a slope is computed in double precision only where its formula is`` () =
    let x: Tensor = Tensor.scalar 0.4

    let casts (f: Tensor -> Tensor) =
        let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| snd (jvp f xs[0] xs[0]) |]) [| x.Type |]

        g.Equations
        |> Array.filter (fun e ->
            match e.Operation with
            | Operation.Prim(Prim.Cast DType.Float64) -> true
            | _ -> false)
        |> Array.length

    // By a parameter the slope is the same function of the next order; by the bound it is a density.
    Assert.Equal(0, casts (fun a -> gammainc a x))
    Assert.Equal(0, casts (fun a -> gammaincc a x))
    Assert.Equal(0, casts (fun a -> betainc a x x))
    Assert.Equal(0, casts (fun b -> betainc x b x))
    // The parameters are not in the trace.
    Assert.Equal(1, casts (fun y -> gammainc x y))
    Assert.Equal(1, casts (fun y -> gammaincc x y))
    Assert.Equal(1, casts (fun y -> betainc x x y))

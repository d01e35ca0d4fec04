namespace DeepFun.FSharp

open System
open System.Collections.Generic
open DeepFun

/// The delegate edge: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal Interop =
    static member Grad(f: Func<'T, Tensor>, x: 'T) : 'T = grad f.Invoke x
    static member ValueAndGrad(f: Func<'T, Tensor>, x: 'T) : struct (Tensor * 'T) = let v, g = valueAndGrad f.Invoke x in struct (v, g)

    static member ValueAndGradAux(f: Func<'T, struct (Tensor * 'C)>, x: 'T) : struct (Tensor * 'C * 'T) =
        let (y, extra), g = valueAndGradAux (fun x -> let struct (y, c) = f.Invoke x in y, c) x in struct (y, extra, g)

    static member Jvp(f: Func<'T, 'R>, x: 'T, dx: 'T) : struct ('R * 'R) = let y, dy = jvp f.Invoke x dx in struct (y, dy)
    static member Vjp(f: Func<'T, 'R>, x: 'T) : struct ('R * Func<'R, 'T>) = let y, back = vjp f.Invoke x in struct (y, Func<'R, 'T> back)
    static member Vmap(f: Func<'T, 'R>, xs: 'T) : 'R = vmap f.Invoke xs
    static member Hvp(f: Func<'T, Tensor>, x: 'T, v: 'T) : 'T = hvp f.Invoke x v
    static member Hessian(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = hessian (DelegateFunction.Of f) x
    static member Compile(f: Func<'T, 'R>) : CompiledFunction<'T, 'R> = compile f.Invoke

    /// The value for x, whose first tensors, those of `given`, are used up.
    static member InvokeDonating(f: CompiledFunction<'T, 'R>, x: 'T, given: 'G) : 'R = f.InvokeDonating(x, given, Donation.All)

    static member Scope(f: Func<'T>) : 'T = Memory.scope f.Invoke
    static member TreeMap(f: Func<Tensor, Tensor>, tree: 'T) : 'T = Tree.map f.Invoke tree
    static member TreeMap2(f: Func<Tensor, Tensor, Tensor>, a: 'T, b: 'T) : 'T = Tree.map2 (fun x y -> f.Invoke(x, y)) a b
    static member Leaves(tree: 'T) : IReadOnlyList<KeyValuePair<string, Tensor>> = Tree.paths tree |> Array.map KeyValuePair :> _
    static member SplitKey(n: int, key: Key) : Key[] = Key.split n key
    static member Sequential(layers: Layer seq) : Layer = Layer.sequential (List.ofSeq layers)
    static member Named(layers: KeyValuePair<string, Layer> seq) : Layer = Layer.named [ for e in layers -> e.Key, e.Value ]
    static member Branch(layers: Layer seq) : Layer = Layer.branch (List.ofSeq layers)

    static member FunctionLayer(name: string, shape: Func<Shape, Shape>, f: Func<Tensor, Tensor>) : Layer =
        Layer.Function(name, shape.Invoke, (fun _ x -> f.Invoke x))

    static member CustomLayer
        (name: string, shape: Func<Shape, Shape>, init: Func<Key, Shape, Params>, f: Func<Params, Tensor, Tensor>)
        : Layer =
        Layer.Stateless(name, shape.Invoke, (fun k s -> init.Invoke(k, s)), (fun p x -> f.Invoke(p, x)))

    static member Init(layer: Layer, key: Key, shape: Shape) : struct (Params * Params) = let p, s = layer.Init key shape in struct (p, s)

    static member Recipe(model, loss, optimizer, metrics: Metric seq, penalty: Func<Params, Tensor>) : Recipe =
        {
            Model = model
            Loss = loss
            Optimizer = optimizer
            Metrics = List.ofSeq metrics
            Penalty = (if isNull penalty then None else Some penalty.Invoke)
        }

    static member Options(epochs, batchSize, shuffle, validation: Dataset, compile: bool) : FitOptions =
        {
            Epochs = epochs
            BatchSize = batchSize
            Shuffle = shuffle
            Validation = Option.ofObj validation
            SnapshotEvery = None
            Compile = compile
        }

    static member Run(options, recipe, state, data, patience: int, checkpoint: string) : TrainingEvent seq =
        let events = Loop.run options recipe state data
        let events = if patience > 0 then Loop.stopEarly patience events else events
        if isNull checkpoint then events else Checkpoint.every checkpoint events

    static member Chain(parts: Optimizer seq) : Optimizer = Optimizer.chain (List.ofSeq parts)
    static member Apply(layer: Layer, parameters, state, x) : Tensor = fst (layer.Apply Mode.Evaluation parameters state x)

    static member ApplyTraining(layer: Layer, key, parameters, state, x) : struct (Tensor * Params) =
        let y, s = layer.Apply (Mode.Training key) parameters state x in struct (y, s)

    static member CustomLoss(name, f: Func<Tensor, Tensor, Tensor>) : Loss = Loss(name, (fun p t -> f.Invoke(p, t)))
    static member CustomMetric(name, f: Func<Tensor, Tensor, Tensor>) : Metric = Metric(name, (fun p t -> f.Invoke(p, t)))
    static member StartOptimizer(optimizer: Optimizer, parameters) : Params = optimizer.Init parameters

    static member StepOptimizer(optimizer: Optimizer, parameters, gradients, memory) : struct (Params * Params) =
        let updates, memory = optimizer.Update gradients memory parameters in struct (Optimizer.apply updates parameters, memory)

    static member Rebuild(template: Params, tensors: Tensor[]) : Params = Tree.rebuild template tensors

    static member StateOf(parameters, modelState) : TrainingState =
        {
            Params = parameters
            ModelState = modelState
            OptimizerState = Params.Empty
            Key = null
            Epoch = 0
            Batch = 0
            Step = 0L
        }

    static member L1(strength, counts: Func<string, bool>, parameters) : Tensor =
        Penalties.l1 strength (if isNull counts then Penalties.weights else counts.Invoke) parameters

    static member L2(strength, counts: Func<string, bool>, parameters) : Tensor =
        Penalties.l2 strength (if isNull counts then Penalties.weights else counts.Invoke) parameters

    static member SaveTensors(path, metadata: KeyValuePair<string, string> seq, tensors: KeyValuePair<string, Tensor> seq) : unit =
        SafeTensors.save path [ for e in metadata -> e.Key, e.Value ] [ for e in tensors -> e.Key, e.Value ]

    static member OutputShape(layer: Layer, shape) : Shape = layer.OutputShape shape

/// Parameters by path: patterns, parts replaced, frozen and tied; summaries as HTML.
module DeepFun.Core.Tests.Layers.PathTests

open System.Collections.Generic
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private model =
    Layer.named [ "encoder", Layers.dense 4 --> Layers.tanh --> Layers.dense 3; "head", Layers.denseWith Activation.Tanh 3 ]

let private parameters, private state = model.Init (Key.ofSeed 5L) (shapeOf [ 2 ])
let private paths (entries: KeyValuePair<string, Tensor> seq) = [ for e in entries -> e.Key ]

[<Fact>]
let ``patterns find paths`` () =
    let found (pattern: string) = paths (parameters.Matching pattern)
    let every = [ "encoder/0/weight"; "encoder/0/bias"; "encoder/2/weight"; "encoder/2/bias"; "head/weight"; "head/bias" ]
    Assert.Equal<string list>(every, found "**")
    Assert.Equal<string list>([ "head/bias" ], found "head/bias")
    Assert.Equal<string list>([ "encoder/0/weight"; "encoder/2/weight" ], found "encoder/*/weight")
    Assert.Equal<string list>([ "encoder/0/bias"; "encoder/2/bias"; "head/bias" ], found "**/bias")
    Assert.Equal<string list>(List.take 4 every, found "encoder/**")
    Assert.Equal<string list>([ "encoder/0/weight"; "encoder/0/bias" ], found "**/0/**")
    Assert.Equal<string list>([ "head/weight" ], found "*/w*t")
    Assert.Equal<string list>([ "head/weight"; "head/bias" ], found "h??d/*")
    refuses "DF0960" "\"encoder\"" (fun () -> found "encoder")
    refuses "DF0960" "encoder/0/weight" (fun () -> found "**/weigh")
    refuses "DF0960" "there are none" (fun () -> Params.Empty.Matching "**")

[<Fact>]
let ``a pattern's other characters stand for themselves`` () =
    let p = Params.Of(struct ("a.b", Tensor.ones [ 1 ]), struct ("acb", Tensor.ones [ 2 ]))
    Assert.Equal<string list>([ "a.b" ], paths (p.Matching "a.?"))

[<Fact>]
let ``counting and mapping by pattern`` () =
    Assert.Equal(3L + 4L + 3L, parameters.CountOf "**/bias")
    let ones = parameters.MapMatching("encoder/**", (fun _ t -> onesLike t))
    Assert.Equal(float (parameters.CountOf "encoder/**"), (ones.Matching "encoder/**" |> Seq.sumBy (fun e -> (sum e.Value).ToDouble())))
    Assert.Same(parameters["head/weight"], ones["head/weight"])
    refuses "DF0960" "nowhere" (fun () -> parameters.MapMatching("nowhere", (fun _ t -> t)))

[<Fact>]
let ``a part is replaced by one of the same names and shapes`` () =
    let other, _ = model.Init (Key.ofSeed 6L) (shapeOf [ 2 ])
    let mixed = parameters.Replace("encoder", other.Part "encoder")
    Assert.Same(other["encoder/2/weight"], mixed["encoder/2/weight"])
    Assert.Same(parameters["head/weight"], mixed["head/weight"])

    let shared =
        parameters.Replace("head/weight", parameters.Part "encoder/2/weight" |> fun p -> Params.Leaf(slice 0 0 3 p.Value))

    Assert.Equal<int[]>([| 3; 3 |], sizes shared["head/weight"])
    refuses "DF0304" "body" (fun () -> parameters.Replace("body", other))
    refuses "DF0961" "head/weight" (fun () -> parameters.Replace("head/weight", other.Part "encoder/0/weight"))
    refuses "DF0961" "encoder" (fun () -> parameters.Replace("encoder", other.Part "head"))

[<Fact>]
let ``a partition's parts make the whole again, in its order`` () =
    let struct (biases, rest) = parameters.Partition "**/bias"
    Assert.Equal(10L, biases.Count)
    Assert.Equal(parameters.Count - 10L, rest.Count)

    for whole in [ biases.Merge rest; rest.Merge biases ] do
        Assert.Equal<string list>(paths parameters.Entries, paths whole.Entries)

        Seq.iter2
            (fun (a: KeyValuePair<string, Tensor>) (b: KeyValuePair<string, Tensor>) -> Assert.Same(a.Value, b.Value))
            parameters.Entries
            whole.Entries

    refuses "DF0962" "encoder/0/weight" (fun () -> parameters.Merge rest)
    refuses "DF0961" "the root" (fun () -> parameters.Merge(Params.Of(struct ("x", Tensor.ones [ 1 ]))))

[<Fact>]
let ``what is frozen is no parameter, and is not learned`` () =
    let frozen = Layer.freeze "encoder/**" model
    let p, s = frozen.Init (Key.ofSeed 5L) (shapeOf [ 2 ])
    Assert.Equal<string list>([ "head/weight"; "head/bias" ], paths p.Entries)
    Assert.Equal(12L, Layer.rows (shapeOf [ 2 ]) frozen |> List.sumBy _.Parameters)
    let x = cast DType.Float32 (numbers 1 [ 4; 2 ])
    close 0.0 (fst (model.Apply Mode.Evaluation parameters state x)) (fst (frozen.Apply Mode.Evaluation p s x))

    // With decay, which would shrink even parameters of gradient 0.
    let recipe =
        {
            Model = frozen
            Loss = Losses.meanSquaredError
            Optimizer = Optimizers.adamW (0.1, weightDecay = 0.5)
            Metrics = []
            Penalty = None
        }

    let start = Training.init recipe (shapeOf [ 2 ]) (Key.ofSeed 5L)
    let after, _ = Training.step recipe start (Dataset(x, Tensor.ones [ 4; 3 ]))
    let place = "frozen/encoder/0/weight"
    close 0.0 start.ModelState[place] after.ModelState[place]
    Assert.NotEqual<float[]>(start.Params["head/weight"].ToDoubles(), after.Params["head/weight"].ToDoubles())

    // Pretrained parameters go into the state.
    let other, _ = model.Init (Key.ofSeed 6L) (shapeOf [ 2 ])
    let struct (matching, rest) = other.Partition "encoder/**"
    let s = s.Replace("frozen", matching)
    close 0.0 (fst (model.Apply Mode.Evaluation other state x)) (fst (frozen.Apply Mode.Evaluation rest s x))
    refuses "DF0960" "decoder/**" (fun () -> (Layer.freeze "decoder/**" model).Init (Key.ofSeed 0L) (shapeOf [ 2 ]))

[<Fact>]
let ``tied parameters are one, with the sum of both derivatives`` () =
    let inner = Layers.dense 3 --> Layers.tanh --> Layers.dense 3
    let tied = Layer.tie "0/weight" "2/weight" inner
    let p, s = tied.Init (Key.ofSeed 1L) (shapeOf [ 3 ])
    Assert.Equal<string list>([ "0/weight"; "0/bias"; "2/bias" ], paths p.Entries)
    let x = numbers 2 [ 4; 3 ]
    let p = double p
    let full, _ = inner.Init (Key.ofSeed 1L) (shapeOf [ 3 ])
    let full = (double full).Map(fun path _ -> if path = "2/weight" then p["0/weight"] else p[path])
    let loss (layer: Layer) s (p: Params) = sum (square (fst (layer.Apply Mode.Evaluation p s x)))
    let _, innerState = inner.Init (Key.ofSeed 1L) (shapeOf [ 3 ])
    close 1e-12 (loss inner innerState full) (loss tied s p)
    let g = grad (loss inner innerState) full
    let h = grad (loss tied s) p
    close 1e-12 (g["0/weight"] + g["2/weight"]) h["0/weight"]

    refuses "DF0961" "2/weight" (fun () ->
        (Layer.tie "0/weight" "2/weight" (Layers.dense 3 --> Layers.tanh --> Layers.dense 2)).Init (Key.ofSeed 0L) (shapeOf [ 3 ]))

    refuses "DF0304" "5/weight" (fun () -> (Layer.tie "5/weight" "2/weight" inner).Init (Key.ofSeed 0L) (shapeOf [ 3 ]))

[<Fact>]
let ``the summary as HTML is well formed, escaped, and counts`` () =
    let model = Layer.named [ "a<b", Layers.dense 4; "rest", Layers.lambda "x & y" id id --> Layers.dense 3 ]
    let html = Layer.summaryHtml (shapeOf [ 2 ]) model
    // XML reads it: no tag is open, no name unescaped.
    let table = System.Xml.Linq.XElement.Parse html
    let rows = table.Descendants "tr" |> Seq.skip 1 |> Seq.map (fun r -> [ for c in r.Elements() -> c.Value ]) |> List.ofSeq
    Assert.Equal<string list>([ "a<b"; "Dense(4)"; "[4]"; "12"; "" ], rows[0])
    Assert.Equal<string list>([ "rest/0"; "x & y"; "[4]"; "0"; "" ], rows[1])
    Assert.Equal<string list>([ "rest/1"; "Dense(3)"; "[3]"; "15"; "" ], rows[2])
    Assert.Contains("27 parameters, input [2]", table.Element("caption").Value)
    Assert.Contains("width:44.4%", html)

/// Profiles: their rows against the whole, against the plan, and their page.
[<Xunit.Collection "Alone">]
module DeepFun.Core.Tests.Compiler.ProfileTests

open System
open System.Xml.Linq
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = uniform (Random seed) sizes
let private network (w: Tensor, v: Tensor) (x: Tensor) = matmul (relu (matmul x w)) v |> square |> sum

let private training (p: Tensor * Tensor, x: Tensor) = valueAndGrad (fun p -> network p x) p

let private arguments = (random 1 [ 128; 256 ], random 2 [ 256; 64 ]), random 3 [ 96; 128 ]

[<Fact>]
let ``the rows are the plan's steps, and add up to about the whole`` () =
    let profile = Profile.runFor 0.1 training arguments
    Assert.Equal(profile.Cost.Steps, profile.Rows.Length)
    let share = profile.Rows |> Array.sumBy _.Share
    Assert.InRange(share, 0.5, 1.000001)

    for row in profile.Rows do
        Assert.Equal(profile.Runs, row.Calls)

    let operations = profile.Rows |> Array.sumBy (fun row -> row.GigaflopsPerSecond * row.MedianMilliseconds * 1e6)
    Assert.Equal(1.0, operations / float profile.Cost.Operations, 1e-6)

[<Fact>]
let ``the machine's limits are plausible, and products come closer to them than nothing`` () =
    let profile = Profile.runFor 0.1 training arguments
    Assert.InRange(profile.PeakGigaflopsPerSecond, 1.0, 100_000.0)
    Assert.InRange(profile.CopyGigabytesPerSecond, 0.1, 10_000.0)
    let products = profile.Rows |> Array.filter (fun row -> row.Title.Contains "matmul")
    // The forward products, and the derivatives in both weights and in the hidden layer.
    Assert.Equal(5, products |> Array.sumBy (fun row -> (row.Title.Split "matmul").Length - 1))

    // On a machine that others use too the limits may come out too low.
    for row in products do
        Assert.InRange(row.RooflineShare, 1e-4, 10.0)

[<Fact>]
let ``memory in a run is what the plan foretells`` () =
    // What waits for its finalizer must not end in the middle.
    GC.Collect()
    GC.WaitForPendingFinalizers()
    let profile = Profile.runFor 0.05 training arguments
    // The pool's blocks are up to a quarter larger.
    Assert.InRange(float profile.PeakBytes / float profile.Cost.PeakBytes, 0.8, 1.6)

[<Fact>]
let ``the steps of a loop stand inside of it`` () =
    let f (w: Tensor, xs: Tensor) = scan (fun (h: Tensor) (x: Tensor) -> let h = tanh (matmul h w + x) in h, h) (random 3 [ 2; 32 ]) xs
    let profile = Profile.runFor 0.05 f (random 1 [ 32; 32 ], random 2 [ 9; 2; 32 ])
    let loop = profile.Rows |> Array.find (fun row -> row.Title.StartsWith "scan")
    Assert.NotEmpty loop.Steps

    for row in loop.Steps do
        Assert.Equal(9 * profile.Runs, row.Calls)

    Assert.InRange(loop.Steps |> Array.sumBy _.Share, 0.0, loop.Share)
    Assert.Contains("\n  matmul", string profile)

[<Fact>]
let ``a while loop counts the steps that ran`` () =
    let f (x: Tensor) = whileLoop (fun (x: Tensor) -> less (sum x) (scalar 100.0)) (fun x -> x + matmul x x) x
    // The sums of the matrices are 4, 12, 84 and 3612.
    let profile = Profile.runFor 0.02 f (f64 [ 2; 2 ] [ 1.0; 1.0; 1.0; 1.0 ])
    let loop = profile.Rows |> Array.find (fun row -> row.Title.StartsWith "while")
    let product = loop.Steps |> Array.find (fun row -> row.Title.StartsWith "matmul")
    Assert.Equal(3 * profile.Runs, product.Calls)

[<Fact>]
let ``the table and the page say the same, and the page is well-formed`` () =
    let profile = Profile.runFor 0.02 training arguments
    let text, html = string profile, profile.ToHtml()
    let page = XDocument.Parse html

    let bars =
        page.Descendants(XName.Get "div") |> Seq.filter (fun e -> not (isNull (e.Attribute(XName.Get "title")))) |> Array.ofSeq
    // One for the whole run.
    Assert.Equal(1 + profile.Rows.Length, bars.Length)

    for row in profile.Rows do
        Assert.True(bars |> Array.exists (fun bar -> bar.Value = row.Title), row.Title)

    Assert.Contains("prefers-color-scheme: dark", html)
    Assert.DoesNotContain("<script", html)
    Assert.Contains("GFLOP/s of multiply-adds", text)
    Assert.Contains("matmul [96,128] [128,256]", text.Replace(", ", ","))

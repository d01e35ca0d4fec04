/// Random programs give with memory that is given away what they give without, step after step, and touch nothing else.
[<Xunit.Collection "Alone">]
module DeepFun.Core.Tests.Compiler.DonationLaws

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Large enough for memory outside the managed heap.
let private n = 12

/// One more value from those that there are: views, loops, products, and operations that carry graphs.
let private grow (random: Random) : Tensor list -> Tensor =
    let p, q, choice, cut = random.Next(), random.Next(), random.Next 13, random.Next n

    fun (pool: Tensor list) ->
        let x, y = pool[p % pool.Length], pool[q % pool.Length]

        match choice with
        | 0 -> x * 0.5 + y
        | 1 -> tanh x
        | 2 -> transpose x
        | 3 -> sumOver [ 1 ] (reshape [ n; 1; n ] x)
        | 4 -> transpose (reshape [ n; n ] (sumOver [ 0 ] (expandDims 0 (transpose x)))) * y
        | 5 -> 0.2 * matmul x y
        | 6 -> concat 0 [ slice 0 cut n x; slice 0 0 cut x ]
        | 7 -> scan (fun (c: Tensor) (r: Tensor) -> 0.5 * c + r, r) (item 0 0 x) y |> snd
        | 8 -> scan (fun (c: Tensor, d: Tensor) (r: Tensor) -> (d, 0.5 * c + r), c + r) (item 0 0 x, item 0 1 y) y |> snd
        | 9 -> forLoop 0 3 (fun _ (a, b) -> b, 0.5 * a) (x, y) |> fst
        | 10 -> cond (greater (sum x) (scalar 0.0)) (fun (a: Tensor, _: Tensor) -> a) (fun (_, b) -> transpose b) (x, y)
        | 11 ->
            whileLoop (fun (a: Tensor, _: Tensor) -> greater (amaxOver [ 0; 1 ] (abs a)) (scalar 0.5)) (fun (a, _) -> 0.5 * a, a) (x, y)
            |> snd
        | _ -> checkpoint (fun (a: Tensor) -> transpose (sin a)) x + y

/// State, input → the next state, what else: any of all values, so that states are views of each other, arguments, and the same twice.
let private program (random: Random) : Tensor list -> Tensor -> Tensor list * Tensor list =
    let steps = List.init (random.Next(1, 9)) (fun _ -> grow random)
    let next, beside = List.init 3 (fun _ -> random.Next()), List.init (random.Next 3) (fun _ -> random.Next())

    fun state input ->
        let pool = (state @ [ input ], steps) ||> List.fold (fun pool step -> pool @ [ step pool ])
        let pick = List.map (fun i -> List.item (i % pool.Length) pool)
        pick next, pick beside

[<Fact>]
let ``a random program gives the same with its state given away`` () =
    for seed in 1..200 do
        let random = Random seed
        let f = program random
        let donating = jitDonating f
        let start = List.init 3 (fun _ -> uniform random [ n; n ])
        let values = uniform random [ n; n ]
        let mutable expected = start
        // Own memory; and views of it: the third is the first, turned or as it is.
        let mutable state = start |> List.map (fun x -> x + 0.0)

        if seed % 3 > 0 then
            let view (x: Tensor) = if seed % 3 = 1 then x else transpose x
            expected <- [ start[0]; start[1]; view start[0] ]
            state <- [ state[0]; state[1]; view state[0] ]

        for step in 1..4 do
            // The next state may be a view of the input, which then goes with it: each step has its own.
            let input = values + 0.0
            let next, beside = f expected values
            let state', beside' = donating state input
            closeAll $"seed {seed}, step {step}, state" 1e-10 (Array.ofList next) (Array.ofList state')
            closeAll $"seed {seed}, step {step}, beside" 1e-10 (Array.ofList beside) (Array.ofList beside')
            Assert.Equal<float[]>(values.ToDoubles(), input.ToDoubles())
            expected <- next
            state <- state'

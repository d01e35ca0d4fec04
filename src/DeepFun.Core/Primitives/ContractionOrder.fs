/// In which order the operands of an einsum are multiplied: the cheapest of all for few operands, a greedy one for more.
module internal DeepFun.ContractionOrder

open System
open System.Collections.Generic
open System.Numerics

/// A set of labels: one bit each. einsum has 52 letters and an axis of "..." for each bit that is left.
type Labels = UInt128

/// Pairs of products down to the operands, by their numbers.
[<RequireQualifiedAccess>]
type Order =
    | Operand of int
    | Product of Order * Order

let private none = UInt128.Zero

let private bits (labels: Labels) : int list =
    [
        for i in 0..127 do
            if (labels >>> i) &&& UInt128.One <> none then
                i
    ]

/// The number of elements, or of multiplications, of all combinations of these labels; in floats, which do not overflow.
let private product (sizes: float[]) (labels: Labels) : float = bits labels |> List.fold (fun n i -> n * sizes[i]) 1.0

/// The labels that a product of some operands still has: those that the result or another operand needs.
let private kept (output: Labels) (operands: Labels[]) (inside: int -> bool) : Labels =
    let mutable own, needed = none, output

    for i in 0 .. operands.Length - 1 do
        if inside i then own <- own ||| operands[i] else needed <- needed ||| operands[i]

    own &&& needed

/// Multiplications of an order: for each product those of all combinations of the labels of its two factors.
let cost (sizes: float[]) (output: Labels) (operands: Labels[]) (order: Order) : float =
    let rec go order : Set<int> * float =
        match order with
        | Order.Operand i -> Set.singleton i, 0.0
        | Order.Product(a, b) ->
            let left, costLeft = go a
            let right, costRight = go b
            let labels (s: Set<int>) = if s.Count = 1 then operands[s.MinimumElement] else kept output operands s.Contains
            left + right, costLeft + costRight + product sizes (labels left ||| labels right)

    snd (go order)

/// Operands up to which all orders are compared: 3⁸ = 6,561 splits.
let mostForOptimal = 8

/// The cheapest of all orders, by dynamic programming over the subsets of the operands.
let optimal (sizes: float[]) (output: Labels) (operands: Labels[]) : Order =
    let n = operands.Length
    let all = (1 <<< n) - 1

    let labels =
        Array.init (all + 1) (fun s ->
            match BitOperations.PopCount(uint32 s) with
            | 1 -> operands[BitOperations.TrailingZeroCount s]
            | _ -> kept output operands (fun i -> s >>> i &&& 1 = 1))

    let costs = Array.create (all + 1) infinity
    let orders: Order[] = Array.create (all + 1) (Order.Operand 0)

    for i in 0 .. n - 1 do
        costs[1 <<< i] <- 0.0
        orders[1 <<< i] <- Order.Operand i

    // A product's labels are often the same: their number of combinations is computed once.
    let known = Dictionary<Labels, float>()

    let multiplications l =
        match known.TryGetValue l with
        | true, c -> c
        | _ ->
            let c = product sizes l
            known[l] <- c
            c

    // Ascending, so that the parts of a set come before it.
    for s in 1..all do
        if BitOperations.PopCount(uint32 s) > 1 then
            // Each split once: its first part has the lowest operand.
            let lowest = s &&& -s
            let mutable part = (s - 1) &&& s

            while part > 0 do
                if part &&& lowest <> 0 then
                    let rest = s ^^^ part
                    let c = costs[part] + costs[rest]

                    if c < costs[s] then
                        let c = c + multiplications (labels[part] ||| labels[rest])

                        if c < costs[s] then
                            costs[s] <- c
                            orders[s] <- Order.Product(orders[part], orders[rest])

                part <- (part - 1) &&& s

    orders[all]

/// The pair whose product has the fewest elements more than its factors goes first, until one is left (opt_einsum's "greedy").
let greedy (sizes: float[]) (output: Labels) (operands: Labels[]) : Order =
    let rec go (parts: (Order * Labels)[]) : Order =
        if parts.Length = 1 then
            fst parts[0]
        else
            let labels = parts |> Array.map snd
            let result i j = kept output labels (fun k -> k = i || k = j)
            let growth (i, j) = product sizes (result i j) - product sizes labels[i] - product sizes labels[j]

            let i, j =
                [
                    for i in 0 .. parts.Length - 1 do
                        for j in i + 1 .. parts.Length - 1 -> i, j
                ]
                |> List.minBy growth

            let joined = Order.Product(fst parts[i], fst parts[j]), result i j
            go (Array.append [| joined |] (parts |> Array.indexed |> Array.filter (fun (k, _) -> k <> i && k <> j) |> Array.map snd))

    operands |> Array.mapi (fun i l -> Order.Operand i, l) |> go

/// The order of an einsum.
let best (sizes: float[]) (output: Labels) (operands: Labels[]) : Order =
    match operands.Length with
    | 1 -> Order.Operand 0
    | 2 -> Order.Product(Order.Operand 0, Order.Operand 1)
    | n when n <= mostForOptimal -> optimal sizes output operands
    | _ -> greedy sizes output operands

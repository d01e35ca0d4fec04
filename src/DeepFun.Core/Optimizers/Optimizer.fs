namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// <summary>
/// An optimizer, or a part of one: a state machine over gradients. Its state is a tree of tensors, so that it is saved, mapped and
/// differentiated like everything else.
/// </summary>
/// <param name="name">What it is.</param>
/// <param name="init">The first state for parameters.</param>
/// <param name="update">gradients (or updates so far) → state → parameters → updates and new state. Updates are added to the parameters.</param>
[<Sealed; AllowNullLiteral>]
type Optimizer(name: string, init: Params -> Params, update: Params -> Params -> Params -> Params * Params) =
    /// <summary>What it is.</summary>
    member _.Name = name
    /// <summary>The first state for parameters.</summary>
    member _.Init = init
    /// <summary>gradients → state → parameters → updates and new state.</summary>
    member _.Update = update

namespace DeepFun.FSharp

open System.Collections.Generic
open DeepFun

/// <summary>Composing and applying optimizers.</summary>
[<RequireQualifiedAccess>]
module Optimizer =

    /// <summary>A part without state.</summary>
    let stateless name (f: Params -> Params -> Params) : Optimizer =
        Optimizer(name, (fun _ -> Params.Empty), (fun updates state parameters -> f updates parameters, state))

    /// <summary>Parts one after another; each takes the updates of the one before.</summary>
    let chain (parts: Optimizer list) : Optimizer =
        let node states = Params.Node(states |> List.mapi (fun i s -> KeyValuePair(string i, s)))

        let update updates (state: Params) parameters =
            let states, updates =
                (updates, List.indexed parts)
                ||> List.mapFold (fun u (i, part) ->
                    let u, s = part.Update u state.Children[i] parameters
                    s, u)

            updates, node states

        let name = System.String.Join(" → ", parts |> List.map _.Name)
        Optimizer(name, (fun parameters -> node (parts |> List.map (fun p -> p.Init parameters))), update)

    /// <summary>parameters + updates</summary>
    let apply (updates: Params) (parameters: Params) : Params = Tree.map2 (fun (p: Tensor) u -> p + u) parameters updates

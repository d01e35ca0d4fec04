/// Every optimizer by its name, for the laws that all keep.
module internal DeepFun.Core.Tests.Catalogue

open DeepFun
open DeepFun.FSharp

/// Rate → optimizer. Options make steps large enough to be seen.
let optimizers: (string * (Schedule -> Optimizer)) list =
    [
        "sgd", (fun rate -> Optimizers.sgd rate)
        "momentum", (fun rate -> Optimizers.momentum rate)
        "nesterov", (fun rate -> Optimizers.nesterov rate)
        "rmsprop", (fun rate -> Optimizers.rmsprop rate)
        "rmsprop centered", (fun rate -> Optimizers.rmsprop (rate, centered = true, momentum = 0.5))
        "adam", (fun rate -> Optimizers.adam rate)
        "adamW", (fun rate -> Optimizers.adamW (rate, weightDecay = 0.1))
        "adaGrad", (fun rate -> Optimizers.adaGrad rate)
        "adaDelta", (fun rate -> Optimizers.adaDelta (rate, epsilon = 0.1))
        "amsGrad", (fun rate -> Optimizers.amsGrad (rate, weightDecay = 0.1))
        "adaMax", (fun rate -> Optimizers.adaMax rate)
        "nAdam", (fun rate -> Optimizers.nAdam rate)
        "rAdam", (fun rate -> Optimizers.rAdam (rate, beta2 = 0.8))
        "adaBelief", (fun rate -> Optimizers.adaBelief (rate, epsilon = 1e-8))
        "yogi", (fun rate -> Optimizers.yogi rate)
        "adan", (fun rate -> Optimizers.adan (rate, weightDecay = 0.1))
        "lion", (fun rate -> Optimizers.lion (rate, weightDecay = 0.1))
        "lamb", (fun rate -> Optimizers.lamb rate)
        "lars", (fun rate -> Optimizers.lars (rate, weightDecay = 0.1, coefficient = 0.5))
        "adafactor", (fun rate -> Optimizers.adafactor rate)
        "muon", (fun rate -> Optimizers.muon (rate, otherRate = rate))
        "scheduleFreeSgd", (fun rate -> Optimizers.scheduleFreeSgd rate)
        "scheduleFreeAdamW", (fun rate -> Optimizers.scheduleFreeAdamW (rate, weightDecay = 0.1))
        "prodigy", (fun rate -> Optimizers.prodigy (rate, distance = 0.3))
        "clipped", (fun rate -> Optimizer.chain [ Clipping.byGlobalNorm 0.1; Optimizers.sgd rate ])
        "clipped adaptively", (fun rate -> Optimizer.chain [ Clipping.adaptive 0.1 1e-3; Optimizers.sgd rate ])
        "lookahead", (fun rate -> Averaging.lookahead 2 0.5 (Optimizers.adam rate))
        "ema", (fun rate -> Optimizer.chain [ Optimizers.adam rate; Averaging.ema 0.9 ])
        "mean", (fun rate -> Optimizer.chain [ Optimizers.adam rate; Averaging.mean ])
        "plateau", (fun rate -> Optimizer.chain [ Optimizers.adam rate; Plateau.scale PlateauOptions.Default ])
        "noise", (fun rate -> Optimizer.chain [ Transform.addNoise 0.01 0.55 (Key.ofSeed 3L); Optimizers.sgd rate ])
        "accumulate", (fun rate -> Wrapper.accumulate 2 (Optimizers.adam rate))
        "applyIfFinite", (fun rate -> Wrapper.applyIfFinite 2 (Optimizers.adam rate))
        "masked", (fun rate -> Optimizer.chain [ Optimizers.sgd rate; Wrapper.masked (fun path -> path = "weight") (Transform.scale 0.5) ])
        "partition",
        (fun rate ->
            Wrapper.partition (fun path -> if path = "weight" then "a" else "b") [ "a", Optimizers.adam rate; "b", Optimizers.sgd rate ])
    ]

/// Those that keep no step size of their own: rprop's rate is its first step only.
let withoutRate: (string * Optimizer) list =
    [ "rprop", Optimizers.rprop 0.1; "adafactor alone", Optimizers.adafactor (); "prodigy alone", Optimizers.prodigy () ]

let all: (string * Optimizer) list = withoutRate @ [ for name, make in optimizers -> name, make (Schedule.constant 0.1) ]

/// Tests of samples against distributions, with fixed keys. Each statistic is exceeded by one sample in a thousand or fewer.
module internal DeepFun.Core.Tests.Random.Statistics

open System
open DeepFun
open DeepFun.FSharp
open Xunit

/// The greatest distance of an empirical distribution from F, below 1.95 / √n (Kolmogorov and Smirnov).
let kolmogorov what (distribution: float[] -> float[]) (x: float[]) =
    let sorted = Array.sort x
    let n = float x.Length
    let distance = distribution sorted |> Array.mapi (fun i p -> max (p - float i / n) (float (i + 1) / n - p)) |> Array.max
    Assert.True(distance < 1.95 / sqrt n, $"{what}: Kolmogorov's distance is {distance}, of {1.95 / sqrt n} allowed")

/// Pearson's χ² of counts against probabilities that make up 1, below its quantile (Wilson and Hilferty 1931).
let chiSquare what (probabilities: float[]) (counts: int[]) =
    let n = float (Array.sum counts)
    let statistic = Array.map2 (fun p c -> (float c - n * p) ** 2.0 / (n * p)) probabilities counts |> Array.sum
    let degrees = float (counts.Length - 1)
    let ninth = 2.0 / (9.0 * degrees)
    let bound = degrees * (1.0 - ninth + 3.09 * sqrt ninth) ** 3.0
    Assert.True(statistic < bound, $"{what}: χ² is {statistic}, of {bound} allowed; %A{counts}")

let counts (classes: int) (x: float[]) : int[] =
    let found = Array.zeroCreate classes

    for v in x do
        found[int v] <- found[int v] + 1

    found

/// A mean within five standard errors.
let meanOf what (expected: float) (x: float[]) =
    let m = Array.average x
    let deviation = sqrt (x |> Array.averageBy (fun v -> (v - m) ** 2.0))
    let bound = 5.0 * deviation / sqrt (float x.Length) + 1e-12 * abs expected
    Assert.True(abs (m - expected) <= bound, $"{what}: the mean is {m}, expected {expected} within {bound}")

/// Mean and variance, each within five standard errors.
let moments what (mean: float) (variance: float) (x: float[]) =
    meanOf what mean x
    meanOf $"{what}, variance" variance (x |> Array.map (fun v -> (v - mean) ** 2.0))

/// Keys stacked along axis 0, to map over.
let stackedKeys (n: int) (seed: int64) : Key = Key(stack 0 (Key.split n (Key.ofSeed seed) |> Array.map _.Data))

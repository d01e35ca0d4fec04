using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <content>More of the well-known optimizers; docs/optimizers.md lists their equations and sources.</content>
public static partial class Optimizers
{
    /// <summary>AdaGrad: gradients divided by the root of the sum of all their squares (Duchi et al. 2011).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="initial">What the sums begin with.</param>
    /// <param name="epsilon">Added to the root.</param>
    public static Optimizer AdaGrad(Schedule rate, double initial = 0, double epsilon = 1e-10) =>
        OptimizerInterop.AdaGrad(rate, initial, epsilon);

    /// <summary>AdaDelta: updates get the size of those before (Zeiler 2012).</summary>
    /// <param name="rate">Factor of the updates; PyTorch's is 1.</param>
    /// <param name="rho">Decay of the running means.</param>
    /// <param name="epsilon">Added under the roots.</param>
    public static Optimizer AdaDelta(Schedule rate, double rho = 0.9, double epsilon = 1e-6) =>
        OptimizerInterop.AdaDelta(rate, rho, epsilon);

    /// <summary>AMSGrad: Adam whose second moment never falls (Reddi et al. 2018).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer AmsGrad(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.AmsGrad(rate, beta1, beta2, epsilon, weightDecay, mask);

    /// <summary>AdaMax: Adam with the largest gradient in place of the root mean square (Kingma and Ba 2015).</summary>
    /// <param name="rate">Learning rate; PyTorch's is 0.002.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the largest.</param>
    /// <param name="epsilon">Added to the gradient's size.</param>
    public static Optimizer AdaMax(Schedule rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) =>
        OptimizerInterop.AdaMax(rate, beta1, beta2, epsilon);

    /// <summary>NAdam: Adam with Nesterov's momentum (Dozat 2016).</summary>
    /// <param name="rate">Learning rate; PyTorch's is 0.002.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="momentumDecay">How fast the momentum grows to beta1.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer NAdam(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double momentumDecay = 4e-3,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.NAdam(rate, beta1, beta2, epsilon, momentumDecay, weightDecay, mask);

    /// <summary>RAdam: Adam with the variance of its first steps rectified (Liu et al. 2020).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer RAdam(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.RAdam(rate, beta1, beta2, epsilon, weightDecay, mask);

    /// <summary>AdaBelief: Adam with the gradient's distance from its mean as second moment (Zhuang et al. 2020).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the second moment and to its root.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer AdaBelief(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-16,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.AdaBelief(rate, beta1, beta2, epsilon, weightDecay, mask);

    /// <summary>Yogi: Adam whose second moment changes by steps of the gradient's square (Zaheer et al. 2018).</summary>
    /// <param name="rate">Learning rate; 0.01 is usual.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">One less the size of the second moment's steps.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="initial">The second moment before the first step.</param>
    /// <param name="corrected">Whether the moments are corrected for their beginning, as Adam's are.</param>
    public static Optimizer Yogi(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-3,
        double initial = 1e-6,
        bool corrected = true
    ) => OptimizerInterop.Yogi(rate, beta1, beta2, epsilon, initial, corrected);

    /// <summary>Adan: Adam with moments of the gradient's change as well (Xie et al. 2022).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean change.</param>
    /// <param name="beta3">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">Parameters are divided by 1 + rate · weightDecay.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer Adan(
        Schedule rate,
        double beta1 = 0.98,
        double beta2 = 0.92,
        double beta3 = 0.99,
        double epsilon = 1e-8,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.Adan(rate, beta1, beta2, beta3, epsilon, weightDecay, mask);

    /// <summary>Lion: the sign of a mean of gradient and momentum (Chen et al. 2023).</summary>
    /// <param name="rate">Learning rate, 3 to 10 times smaller than Adam's.</param>
    /// <param name="beta1">Share of the momentum in the update.</param>
    /// <param name="beta2">Decay of the momentum.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer Lion(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.99,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.Lion(rate, beta1, beta2, weightDecay, mask);

    /// <summary>Rprop: a step size for every number, which grows while the gradient keeps its sign (Riedmiller and Braun 1993). For full batches.</summary>
    /// <param name="initial">First size of the steps.</param>
    /// <param name="shrink">Factor of the size where the sign changes.</param>
    /// <param name="grow">Factor of the size where it stays.</param>
    /// <param name="smallest">Smallest size.</param>
    /// <param name="largest">Largest size.</param>
    public static Optimizer Rprop(
        double initial = 0.01,
        double shrink = 0.5,
        double grow = 1.2,
        double smallest = 1e-6,
        double largest = 50
    ) => OptimizerInterop.Rprop(initial, shrink, grow, smallest, largest);

    /// <summary>LAMB: Adam's updates, as long as the parameters, tensor by tensor (You et al. 2020). For large batches.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="weightDecay">Share of the parameters added to the update.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer Lamb(
        Schedule rate,
        double weightDecay = 0.01,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-6,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.Lamb(rate, weightDecay, beta1, beta2, epsilon, mask);

    /// <summary>LARS: momentum with gradients scaled to a share of the parameters' length (You et al. 2017). For large batches.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="momentum">Share of the last update that goes on.</param>
    /// <param name="weightDecay">Share of the parameters added to the gradient.</param>
    /// <param name="coefficient">The share of the length.</param>
    /// <param name="mask">Which paths decay and are scaled; default: all.</param>
    public static Optimizer Lars(
        Schedule rate,
        double momentum = 0.9,
        double weightDecay = 0,
        double coefficient = 0.001,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.Lars(rate, momentum, weightDecay, coefficient, mask);

    /// <summary>Adafactor: second moments by row and column, steps relative to the parameters' size (Shazeer and Stern 2018).</summary>
    /// <param name="rate">Relative step size; default: min(0.01, 1/√t).</param>
    /// <param name="decay">The second moments' decay is 1 − t^−decay.</param>
    /// <param name="epsilon1">Added to the gradient's square.</param>
    /// <param name="epsilon2">Smallest size of the parameters.</param>
    /// <param name="clip">Largest root mean square of an update.</param>
    /// <param name="relative">Whether steps are times the parameters' size.</param>
    public static Optimizer Adafactor(
        Schedule? rate = null,
        double decay = 0.8,
        double epsilon1 = 1e-30,
        double epsilon2 = 1e-3,
        double clip = 1,
        bool relative = true
    ) => OptimizerInterop.Adafactor(rate, decay, epsilon1, epsilon2, clip, relative);

    /// <summary>Muon: orthogonalized momentum for matrices and kernels, AdamW for all else (Jordan et al. 2024).</summary>
    /// <param name="rate">Learning rate of the matrices.</param>
    /// <param name="momentum">Share of the last update that goes on.</param>
    /// <param name="nesterov">Whether the momentum looks ahead.</param>
    /// <param name="steps">Newton–Schulz steps.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="otherRate">Learning rate of all else; default: 0.015 of the rate.</param>
    /// <param name="mask">Which paths, where they have at least 2 axes, are matrices; default: all. Leave out embeddings and the last layer.</param>
    public static Optimizer Muon(
        Schedule rate,
        double momentum = 0.95,
        bool nesterov = true,
        int steps = 5,
        double weightDecay = 0,
        Schedule? otherRate = null,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.Muon(rate, momentum, nesterov, steps, weightDecay, otherRate, mask);

    /// <summary>Schedule-free gradient descent (Defazio et al. 2024). Evaluate with <see cref="Averaged"/>.</summary>
    /// <param name="rate">Learning rate; a warm-up is enough of a schedule.</param>
    /// <param name="beta">How near to the mean gradients are taken.</param>
    public static Optimizer ScheduleFreeSgd(Schedule rate, double beta = 0.9) => OptimizerInterop.ScheduleFreeSgd(rate, beta);

    /// <summary>Schedule-free AdamW (Defazio et al. 2024). Evaluate with <see cref="Averaged"/>.</summary>
    /// <param name="rate">Learning rate; a warm-up is enough of a schedule.</param>
    /// <param name="beta1">How near to the mean gradients are taken.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer ScheduleFreeAdamW(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0,
        Func<string, bool>? mask = null
    ) => OptimizerInterop.ScheduleFreeAdamW(rate, beta1, beta2, epsilon, weightDecay, mask);

    /// <summary>Prodigy: Adam that finds its learning rate (Mishchenko and Defazio 2024).</summary>
    /// <param name="rate">Factor of the rate found; default: 1.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root, times the distance.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="distance">First guess of the way to go, too small rather than too large.</param>
    public static Optimizer Prodigy(
        Schedule? rate = null,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0,
        double distance = 1e-6
    ) => OptimizerInterop.Prodigy(rate, beta1, beta2, epsilon, weightDecay, distance);
}

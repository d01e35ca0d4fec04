namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>
/// A value for each step of training, above all a learning rate: step → value, in tensors, so that it is traced, batched and
/// differentiated like everything else.
/// </summary>
/// <remarks>
/// Shape: the step and the value have no axes. Dtype: the step comes as float32, whatever was given; values are float32, unless made
/// from a tensor of another dtype. Steps count from 0: the first update uses the value at 0.
/// A plain number or a tensor stands for the schedule that is always it.
/// </remarks>
/// <param name="name">What it is, with its options.</param>
/// <param name="at">step (float32, no axes) → value (no axes).</param>
[<Sealed; AllowNullLiteral>]
type Schedule(name: string, at: Func<Tensor, Tensor>) =

    /// <summary>What it is, with its options.</summary>
    member _.Name = name

    /// <summary>The value at a step.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0125 the step or the value has axes.</exception>
    member _.At(step: Tensor) : Tensor =
        let scalar (x: Tensor) =
            if x.Rank <> 0 then
                Errors.rank $"Schedule {name}" "and gives numbers without axes" x.Shape

            x

        scalar (at.Invoke(cast DType.Float32 (scalar step)))

    /// <summary>The value at a step as a number, for tables and plots.</summary>
    member this.ValueAt(step: int) : float = this.At(Tensor.scalar (float step)).ToDouble()

    /// <summary>Always this number.</summary>
    static member op_Implicit(value: float) : Schedule = Schedule("constant(" + string value + ")", (fun step -> fullLike value step))

    /// <summary>Always this tensor, which has no axes: the way to a learning rate that is differentiated or batched.</summary>
    static member op_Implicit(value: Tensor) : Schedule = Schedule("constant", (fun _ -> value))

    /// <summary>The name.</summary>
    override _.ToString() = name

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Schedules: learning rates that change with the step. In the equations t is the step, which counts from 0, and T the number of steps.
/// Where a schedule has an end it keeps its last value after it.
/// </summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Schedule =

    let private make name (f: Tensor -> Tensor) = Schedule(name, f)

    let private positive schedule (steps: int) =
        if steps < 1 then
            Errors.option $"{schedule}: the number of steps" "at least 1" (string steps)

    /// min(t, T) / T, from 0 to 1.
    let private progress (steps: int) (step: Tensor) : Tensor = minimum step (fullLike (float steps) step) / float steps

    /// <summary>Always the same number.</summary>
    let constant (value: float) : Schedule = Schedule.op_Implicit value

    /// <summary>Always the same tensor, which has no axes; gradients reach it.</summary>
    let ofTensor (value: Tensor) : Schedule = Schedule.op_Implicit value

    /// <summary>The values of a schedule times a tensor without axes; gradients reach it.</summary>
    let times (factor: Tensor) (schedule: Schedule) : Schedule = make $"{schedule.Name} · factor" (fun step -> schedule.At step * factor)

    /// <summary>Falls by the same factor over every so many steps, smoothly.</summary>
    /// <remarks>
    /// Equation: initial · factor^(t / T).
    /// Errors: DF0902 if steps is below 1.
    /// </remarks>
    let exponentialDecay (initial: float) (factor: float) (steps: int) : Schedule =
        positive "exponentialDecay" steps

        make $"exponentialDecay({initial}, {factor}, {steps})" (fun step -> initial * pow (fullLike factor step) (step / float steps))

    /// <summary>Falls by the same factor after every so many steps, in stairs.</summary>
    /// <remarks>
    /// Equation: initial · factor^⌊t / T⌋.
    /// Errors: DF0902 if steps is below 1.
    /// Source: PyTorch's StepLR. Deviation: none.
    /// </remarks>
    let stepDecay (initial: float) (factor: float) (steps: int) : Schedule =
        positive "stepDecay" steps

        make $"stepDecay({initial}, {factor}, {steps})" (fun step ->
            // Half a step more, so that a quotient rounded down does not lose a stair.
            initial * pow (fullLike factor step) (floor ((step + 0.5) / float steps)))

    /// <summary>Falls along half a cosine, from the initial value to alpha times it.</summary>
    /// <remarks>
    /// Defaults: alpha = 0 is usual.
    /// Equation: initial · (α + (1 − α) (1 + cos(π min(t, T) / T)) / 2).
    /// Errors: DF0902 if steps is below 1.
    /// Source: Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
    /// </remarks>
    let cosineDecay (initial: float) (steps: int) (alpha: float) : Schedule =
        positive "cosineDecay" steps

        make $"cosineDecay({initial}, {steps}, {alpha})" (fun step ->
            let half = 0.5 * (1.0 + cos (Math.PI * progress steps step))
            initial * (alpha + (1.0 - alpha) * half))

    /// <summary>From one value to another along a power of the time that is left.</summary>
    /// <remarks>
    /// Equation: final + (initial − final) (1 − min(t, T) / T)^power. Power 1 is a line.
    /// Errors: DF0902 if steps is below 1.
    /// </remarks>
    let polynomial (initial: float) (final: float) (power: float) (steps: int) : Schedule =
        positive "polynomial" steps

        make $"polynomial({initial}, {final}, {power}, {steps})" (fun step ->
            let left = 1.0 - progress steps step
            final + (initial - final) * (if power = 1.0 then left else pow left (fullLike power left)))

    /// <summary>From one value to another along a line.</summary>
    /// <remarks>
    /// Equation: initial + (final − initial) min(t, T) / T.
    /// Errors: DF0902 if steps is below 1.
    /// </remarks>
    let linear (initial: float) (final: float) (steps: int) : Schedule =
        positive "linear" steps
        make $"linear({initial}, {final}, {steps})" (fun step -> initial + (final - initial) * progress steps step)

    /// <summary>One schedule after another: each pair is a step and the schedule that begins there, with its own step 0.</summary>
    /// <remarks>
    /// Equation: the last schedule whose first step b is at most t, at t − b; before the first b the first schedule, at t.
    /// Errors: DF0902 if the steps do not ascend.
    /// </remarks>
    let join (first: Schedule) (later: (int * Schedule) list) : Schedule =
        let starts = 0 :: List.map fst later

        for a, b in List.pairwise starts do
            if b <= a then
                Errors.option "join: the first steps of the schedules" "ascending and above 0" $"{a} before {b}"

        let name = String.Join(" then ", first.Name :: (later |> List.map (fun (b, s) -> $"{s.Name} from {b}")))

        make name (fun step ->
            // A schedule whose turn it is not sees the nearest end of its turn: out of range it could overflow, and 0 · ∞ spoil a derivative.
            let until (starts: (int * Schedule) list) (t: Tensor) =
                match starts with
                | (b, _) :: _ -> minimum t (fullLike (float b) t)
                | [] -> t

            let rec go (value: Tensor) rest =
                match rest with
                | (b, s: Schedule) :: rest ->
                    let here = s.At(maximum (until rest step - float b) (zerosLike step))
                    go (where (less step (fullLike (float b) step)) value here) rest
                | [] -> value

            go (first.At(until later step)) later)

    /// <summary>Grows along a line from 0 to the first value of a schedule, then follows it.</summary>
    /// <remarks>
    /// Equation: after(0) · t / T for t &lt; T, then after(t − T).
    /// Errors: DF0902 if steps is below 1.
    /// Source: Goyal et al. 2017, arXiv:1706.02677, section 2.2. Deviation: begins at 0.
    /// </remarks>
    let warmup (steps: int) (after: Schedule) : Schedule =
        positive "warmup" steps
        let rise = make $"warmup({steps})" (fun step -> after.At(zerosLike step) * progress steps step)
        join rise [ steps, after ]

    /// <summary>Grows along a line from 0 to the peak in so many warm-up steps, then falls along half a cosine to alpha times the peak.</summary>
    /// <remarks>
    /// Defaults: alpha = 0 is usual. Steps counts all steps, those of the warm-up too.
    /// Errors: DF0902 if warmupSteps is below 1 or not below steps.
    /// </remarks>
    let warmupCosine (peak: float) (warmupSteps: int) (steps: int) (alpha: float) : Schedule =
        positive "warmupCosine" warmupSteps
        warmup warmupSteps (cosineDecay peak (steps - warmupSteps) alpha)

    /// <summary>The product of schedules.</summary>
    /// <remarks>Source: PyTorch's ChainedScheduler of factors.</remarks>
    let product (schedules: Schedule list) : Schedule =
        let name = String.Join(" · ", schedules |> List.map _.Name)
        make name (fun step -> schedules |> List.map (fun s -> s.At step) |> List.fold (*) (onesLike step))

    /// <summary>A value times a factor at each of some steps and from there on.</summary>
    /// <remarks>
    /// Equation: initial · the product of all factors whose step is at most t.
    /// Source: optax's piecewise_constant_schedule; PyTorch's MultiStepLR, where all factors are γ. Deviation: none.
    /// </remarks>
    let piecewiseConstant (initial: float) (factors: (int * float) list) : Schedule =
        make $"piecewiseConstant({initial})" (fun step ->
            (fullLike initial step, factors)
            ||> List.fold (fun value (at, factor) -> where (less step (fullLike (float at) step)) value (value * factor)))

    /// <summary>Lines between points: each pair is a step and the value there. Before the first and after the last point it is constant.</summary>
    /// <remarks>Errors: DF0902 if there is no point, or the steps do not ascend.   Source: optax's piecewise_interpolate_schedule, linear.</remarks>
    let piecewiseLinear (points: (int * float) list) : Schedule =
        if points.IsEmpty then
            Errors.option "piecewiseLinear: the number of points" "at least 1" "0"

        for (a, _), (b, _) in List.pairwise points do
            if b <= a then
                Errors.option "piecewiseLinear: the steps" "ascending" $"{a} before {b}"

        make "piecewiseLinear" (fun step ->
            // The first value, and what each line adds to it by now.
            (fullLike (snd points.Head) step, List.pairwise points)
            ||> List.fold (fun value ((a, u), (b, v)) ->
                let share = clamp 0.0 1.0 ((step - float a) / float (b - a))
                value + (v - u) * share))

    /// <summary>Falls as one over the number of steps.</summary>
    /// <remarks>Equation: initial / (1 + decay · t).   Source: PyTorch's lr_decay of Adagrad; Keras's InverseTimeDecay.</remarks>
    let inverseTime (initial: float) (decay: float) : Schedule =
        make $"inverseTime({initial}, {decay})" (fun step -> initial / (1.0 + step * decay))

    /// <summary>Grows along a line to the peak in so many steps, then falls as one over the root of the step: the transformer's.</summary>
    /// <remarks>
    /// Equation: peak · min((t + 1) / w, √(w / (t + 1))).   Errors: DF0902 if warmupSteps is below 1.
    /// Source: Vaswani et al. 2017, arXiv:1706.03762, equation 3, whose steps begin with 1 and whose peak is (d w)^−½.
    /// </remarks>
    let inverseSqrt (peak: float) (warmupSteps: int) : Schedule =
        positive "inverseSqrt" warmupSteps

        make $"inverseSqrt({peak}, {warmupSteps})" (fun step ->
            let ratio = (step + 1.0) / float warmupSteps
            peak * minimum ratio (1.0 / sqrt ratio))

    /// The relative step size of Adafactor: min(0.01, 1/√t), t = 1, 2, ….
    let internal adafactor: Schedule =
        make "min(0.01, 1/√t)" (fun step -> minimum (fullLike 0.01 step) (1.0 / sqrt (step + 1.0)))

    /// <summary>Half cosines from the initial to the last value, again and again, each so many times longer than the one before.</summary>
    /// <remarks>
    /// Defaults: multiplier = 1 and last = 0 are usual.
    /// Equation: last + (initial − last) (1 + cos(π t′ / T)) / 2, t′ the steps since the last restart, T = steps · multiplier^restarts.
    /// Errors: DF0902 if steps or multiplier is below 1.
    /// Source: Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5; PyTorch's CosineAnnealingWarmRestarts. Deviation: none.
    /// </remarks>
    let cosineRestarts (initial: float) (steps: int) (multiplier: int) (last: float) : Schedule =
        positive "cosineRestarts" steps
        positive "cosineRestarts: the multiplier, as" multiplier

        make $"cosineRestarts({initial}, {steps}, {multiplier}, {last})" (fun step ->
            let period, since =
                if multiplier = 1 then
                    fullLike (float steps) step, step % float steps
                else
                    // steps (kⁿ − 1) / (k − 1) steps come before restart n. Half a step more, so that rounding loses no restart.
                    let k = float multiplier
                    let n = floor (log ((step + 0.5) * ((k - 1.0) / float steps) + 1.0) / log k)
                    let length = floor (pow (fullLike k n) n + 0.5)
                    length * float steps, step - (length - 1.0) * (float steps / (k - 1.0))

            last + (initial - last) * 0.5 * (1.0 + cos (Math.PI * since / period)))

    /// From one value to another while t goes from a to b, along a line or half a cosine; constant outside.
    let private ramp cosine (from: float) (target: float) (a: float) (b: float) (step: Tensor) : Tensor =
        let share = clamp 0.0 1.0 ((step - a) / (b - a))
        let share = if cosine then 0.5 - 0.5 * cos (Math.PI * share) else share
        from + (target - from) * share

    /// <summary>One cycle: up from peak / startDivisor to the peak in a share of the steps, then down to peak / startDivisor / endDivisor.</summary>
    /// <remarks>
    /// Defaults (PyTorch's): share = 0.3, startDivisor = 25, endDivisor = 1e4, cosine, not three phases.
    /// Equation: the peak is reached at share · T − 1, the end at T − 1. Three phases: down to the first value at 2 share T − 2, then on to the end.
    /// Errors: DF0902 if steps is below 1, share · steps not above 1, or the phases do not fit.
    /// Source: Smith and Topin 2018, arXiv:1708.07120; PyTorch's OneCycleLR. Deviation: none; momentum is not cycled.
    /// </remarks>
    let oneCycle (peak: float) (steps: int) (share: float) (startDivisor: float) (endDivisor: float) (cosine: bool) (threePhases: bool) =
        positive "oneCycle" steps
        let top, total = share * float steps - 1.0, float steps - 1.0
        let back = if threePhases then 2.0 * share * float steps - 2.0 else total

        if not (0.0 < top && top < back && back <= total) then
            Errors.option "oneCycle: the share that rises" "so large that the peak comes after step 0 and before the end" (string share)

        let first = peak / startDivisor
        let last = first / endDivisor

        make $"oneCycle({peak}, {steps})" (fun step ->
            let up = ramp cosine first peak 0.0 top step

            let down =
                if threePhases && back < total then
                    ramp cosine peak first top back step + (ramp cosine first last back total step - first)
                else
                    ramp cosine peak last top total step

            where (less step (fullLike top step)) up down)

    /// <summary>Lines up and down between two values; the height may shrink by cycle and by step.</summary>
    /// <remarks>
    /// Defaults: perCycle = perStep = 1; perCycle = ½ is PyTorch's triangular2, perStep = γ its exp_range.
    /// Equation: low + (high − low) h perCycle^n perStep^t, n the cycles before, h the height in [0, 1] of the triangle.
    /// Errors: DF0902 if up or down is below 1.   Source: Smith 2017, arXiv:1506.01186; PyTorch's CyclicLR. Deviation: none.
    /// </remarks>
    let cyclic (low: float) (high: float) (up: int) (down: int) (perCycle: float) (perStep: float) : Schedule =
        positive "cyclic" up
        positive "cyclic" down
        let length = float (up + down)

        make $"cyclic({low}, {high}, {up}, {down})" (fun step ->
            let n = floor ((step + 0.5) / length)
            let t = step - n * length
            let height = minimum (t / float up) ((length - t) / float down)
            low + (high - low) * height * pow (fullLike perCycle n) n * pow (fullLike perStep step) step)

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
    static member op_Implicit(value: float) : Schedule = Schedule($"constant({value})", (fun step -> fullLike value step))

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

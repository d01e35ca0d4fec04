/// DiffSharp's names: every one is there or left out with a reason, and the recorded cases run through them.
module DeepFun.Core.Tests.Conformance.DSharpTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open DeepFun
open DeepFun.DiffSharp
open DeepFun.Core.Tests.Conformance.Cases
open DeepFun.Core.Tests.Numbers
open Xunit

/// The members of DiffSharp 1.0.7's dsharp and of its extensions Compose, Numerical, Shorten and Op….
let private published =
    "abs acos add arange arangeLike argmax argmin asin atan avgpool1d avgpool2d avgpool3d backends backendsAndDevices bceLoss bernoulli bmm cast cat ceil clamp \
     clone config conv1d conv2d conv3d convTranspose1d convTranspose2d convTranspose3d corrcoef cos cosh cov create crossEntropyLoss curl curldivergence \
     derivative det devices diagonal diff diff2 diffn dilate div divergence dot dropout dropout2d dropout3d empty eq evalForwardDiff evalForwardDiffs \
     evalReverseDiff exp expand expandAs eye fcurl fcurldivergence fdiff fdiff2 fdiffn fdivergence ffdiffn fg fgh fghvp fgrad fgradhessian fgradhessianv fgradv \
     fgvp fh fhessian fhessianv fhvp fj fjacobian fjacobianTv fjacobianv fjvp flaplacian flatten flip floor forwardDiff full fullLike fvjp g gather ge gh ghvp \
     grad gradhessian gradhessianv gradv gt gvp h hasinf hasnan hessian hessianv hvp init init2d init3d init4d inv isBackendAvailable isCudaAvailable \
     isDeviceAvailable isDeviceTypeAvailable isTensor isinf isnan j jacobian jacobianTv jacobianv jvp laplacian le leakyRelu like linspace linspaceLike load log \
     log10 logsoftmax logspace logspaceLike logsumexp lt map map2 map3 mapi mapi2 mapi3 matmul max maxpool1d maxpool1di maxpool2d maxpool2di maxpool3d maxpool3di \
     maxunpool1d maxunpool2d maxunpool3d mean min move mseLoss mul multinomial ne neg nelement nest nestLevel nestReset nllLoss noDiff norm normalize numcurl \
     numcurldivergence numdiff numdiff2 numdivergence numfcurl numfcurldivergence numfdiff numfdiff2 numfdivergence numfg numfgh numfgrad numfgradhessian \
     numfgradv numfgvp numfh numfhessian numfhessianv numfhvp numfj numfjacobian numfjacobianv numfjvp numflaplacian numg numgh numgrad numgradhessian numgradv \
     numgvp numh numhessian numhessianv numhvp numj numjacobian numjacobianv numjvp numlaplacian one oneLike onehot onehotLike ones onesLike outer pad permute pow \
     primal primalDerivative rand randLike randint randintLike randn randnLike relu repeat reverse reverseDiff reversePush reverseReset round safelog save scatter \
     seed sigmoid sign sin sinh slice softmax softplus solve split sqrt squeeze stack standardize std sub sum tan tanh tensor toImage toImageString trace \
     transpose unflatten undilate unsqueeze unsqueezeAs unstack var view viewAs vjp zero zeroCreate zeroLike zeros zerosLike"
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
    |> Set.ofArray

/// Every member of dsharp, with its name there; extensions are compiled into their modules.
let private members: (string * MethodInfo) list =
    [
        for t in typeof<dsharp>.Assembly.GetTypes() do
            if t.Namespace = "DeepFun.DiffSharp" && t.IsPublic then
                for m in t.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly) do
                    let extension = Regex.Match(m.Name, @"^dsharp\.(\w+?)(\.Static)?$")

                    if t = typeof<dsharp> then
                        m.Name, m
                    elif extension.Success then
                        extension.Groups[1].Value, m
    ]

let private rows (heading: string) : string list =
    let page = File.ReadAllText(Path.Combine(repository, "docs/diffsharp.md"))
    let part = page.Substring(page.IndexOf("## " + heading, StringComparison.Ordinal))

    let part =
        match part.IndexOf("\n## ", 3, StringComparison.Ordinal) with
        | -1 -> part
        | i -> part.Substring(0, i)

    [
        for line in part.Split '\n' do
            if line.StartsWith "| `" then
                line
    ]

let private firstCell (row: string) = row.Split('|')[1]
let private quoted (text: string) = [ for m in Regex.Matches(text, "`(\\w+)`") -> m.Groups[1].Value ]

[<Fact>]
let ``every published name is a member, or left out with a reason`` () =
    let have = members |> List.map fst |> Set.ofList
    let listed = rows "Names" |> List.collect (firstCell >> quoted)
    let left = rows "Left out" |> List.collect (firstCell >> quoted)
    Assert.Equal<string list>(List.distinct listed, listed)
    Assert.Equal<string list>(List.distinct left, left)
    let left = Set.ofList left
    Assert.Equal<Set<string>>(Set.empty, Set.intersect left have)
    Assert.Equal<Set<string>>(have, Set.ofList listed)
    Assert.Equal<Set<string>>(Set.empty, published - have - left)
    Assert.Equal<Set<string>>(Set.empty, left - published)

    for row in rows "Left out" do
        Assert.True((row.Split('|')[2]).Trim().EndsWith '.', row)

/// The public names that programs write after `open DeepFun` and `open DeepFun.FSharp`: those of modules that are opened of themselves, and
/// those of the others behind the module's name; a tensor's properties are x.Shape, …
let private writable: Set<string> =
    let modules =
        typeof<dsharp>.Assembly.GetTypes()
        |> Array.filter (fun t -> t.IsPublic && t.Namespace = "DeepFun.FSharp" && t.IsAbstract && t.IsSealed)

    let opened (t: Type) = t.IsDefined typeof<AutoOpenAttribute>
    let plain (t: Type) = Regex.Replace(t.Name, "Module$", "")

    Set.ofSeq
        [
            for t in modules do
                for m in t.GetMembers(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly) do
                    if opened t then m.Name else $"{plain t}.{m.Name}"

            // F#'s own functions, which take what has them as static members.
            let own = typeof<Tensor>.GetMethods() |> Array.filter _.IsStatic |> Array.map _.Name |> Set.ofArray

            for m in Type.GetType("Microsoft.FSharp.Core.Operators, FSharp.Core").GetMethods() do
                if own.Contains m.Name then
                    for name in m.GetCustomAttributes<CompilationSourceNameAttribute>() do
                        name.SourceName

            for p in typeof<Tensor>.GetProperties() do
                $"x.{p.Name}"
                $"y.{p.Name}"
        ]

[<Fact>]
let ``what stands beside a name is a public name`` () =
    // Operands, F#'s arrays and types, and the word between a function and what it is of.
    let known = set [ "x"; "y"; "f"; "epsilon"; "of"; "Tensor"; "Array.init"; "Array2D.init" ]

    let unknown =
        [
            for row in rows "Names" do
                for code in Regex.Matches(row.Split('|')[2], "`([^`]+)`") do
                    for name in Regex.Matches(code.Groups[1].Value, @"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*") do
                        if not (known.Contains name.Value || writable.Contains name.Value) then
                            $"{firstCell row}: {name.Value}"
        ]

    Assert.Equal<string list>([], unknown)

/// Methods of tensors that only DiffSharp's own tests call.
let private leftMethods = set [ "avgpoolReverse1d"; "avgpoolReverse2d"; "avgpoolReverse3d"; "sumToSize" ]

// The recorded cases, called by name with their arguments in DiffSharp's order.

let private optional (t: Type) = t.IsGenericType && t.GetGenericTypeDefinition() = typedefof<option<_>>

/// The argument for a parameter of this type; None if it does not fit.
let rec private fit (t: Type) (argument: Argument) : obj option =
    match argument with
    | _ when optional t ->
        match argument with
        | Missing -> Some null
        | _ -> fit (t.GetGenericArguments()[0]) argument |> Option.map (fun v -> t.GetMethod("Some").Invoke(null, [| v |]))
    | Tensor x when t = typeof<Tensor> -> Some(box x)
    | Tensors xs when t = typeof<Tensor seq> -> Some(box xs)
    | Number n when t = typeof<int> && n = floor n -> Some(box (int n))
    | Number n when t = typeof<int64> && n = floor n -> Some(box (int64 n))
    | Number n when t = typeof<float> -> Some(box n)
    | Numbers ns when t = typeof<int seq> -> Some(box ns)
    | Truth b when t = typeof<bool> -> Some(box b)
    | Text s when t = typeof<string> -> Some(box s)
    | _ -> None

let private call (name: string) (arguments: Argument list) : obj option =
    let attempt (m: MethodInfo) =
        let types = m.GetParameters() |> Array.map _.ParameterType |> List.ofArray
        let missing = List.replicate (max 0 (types.Length - arguments.Length)) Missing

        if types.Length < arguments.Length then
            None
        else
            let fitted = List.map2 fit types (arguments @ missing)

            if List.forall Option.isSome fitted then
                Some(m, fitted |> List.map Option.get |> Array.ofList)
            else
                None

    // A method that returns a function waits for its tensor: the composable form is tried by another test.
    let direct =
        members |> List.filter (fun (n, m) -> n = name && not (m.ReturnType.Name.StartsWith "FSharpFunc")) |> List.map snd

    match direct |> List.sortBy (fun m -> m.GetParameters().Length) |> List.tryPick attempt with
    | None -> None
    | Some(m, arguments) ->
        try
            Some(m.Invoke(null, arguments))
        with :? TargetInvocationException as e ->
            raise e.InnerException

/// Names that were recorded as methods of a tensor: every one must be there as such, too.
let private methods: Set<string> =
    [
        for m in typeof<dsharp>.Assembly.GetType("DeepFun.DiffSharp.Members").GetMethods() do
            let extension = Regex.Match(m.Name, @"^Tensor\.(get_)?(\w+)$")

            if extension.Success then
                extension.Groups[2].Value
    ]
    |> Set.ofList

let private results (value: obj) : Tensor list =
    match value with
    | :? Tensor as t -> [ t ]
    | :? (Tensor[]) as ts -> List.ofArray ts
    | :? (Tensor * Tensor) as pair -> [ fst pair; snd pair ]
    | _ -> []

let private near (e: Expected) (t: Tensor) : bool =
    t.Shape.ToArray() = e.Shape
    && t.DType = e.DType
    && Array.forall2
        (fun (a: float) b -> a = b || Double.IsNaN a && Double.IsNaN b || abs (a - b) <= e.Absolute + e.Relative * abs b)
        (t.ToDoubles())
        e.Values

/// Names that were recorded from a tensor's method, and their names here.
let private names = Map [ "item", "slice" ]

[<ConformanceFact>]
let ``the recorded cases whose first tensor is of floating point pass by DiffSharp's names and argument order`` () =
    let floating (case: Case) = case.Given |> Array.tryHead |> Option.forall (fun g -> DTypes.IsFloating g.Value.DType)

    let mutable passed = 0
    let unfit = Collections.Generic.HashSet<string>()
    let wrong = Collections.Generic.List<string>()

    for loaded in load () do
        match loaded with
        // conv2d's recorded optional arguments stand in the order of Tensor's methods, which differs from dsharp's.
        | Ok case when case.Kind = "eager" && floating case && (case.Api.StartsWith "dsharp" || not (case.Operation.StartsWith "conv")) ->
            let name = names |> Map.tryFind case.Operation |> Option.defaultValue case.Operation
            let arguments = case.Arguments(case.Given |> Array.map _.Value)

            match call name arguments with
            | None -> unfit.Add $"{case.Api} ({case.Operation})" |> ignore
            | Some value ->
                let ys = results value

                let right =
                    ys.Length = case.Outputs.Length
                    && List.forall2
                        (fun y (o: Output) -> List.forall (fun e -> near e y) (Option.toList o.Answer @ Option.toList o.Expected))
                        ys
                        (List.ofArray case.Outputs)

                if right then passed <- passed + 1 else wrong.Add $"#{case.Id} {case.Api}"
        | _ -> ()

    Assert.True((wrong.Count = 0), String.Join("\n", wrong))

    let called =
        [
            for loaded in load () do
                match loaded with
                | Ok case -> Regex.Match(case.Api, @"Tensor\.([a-z]\w*)$").Groups[1].Value
                | Error _ -> ()
        ]
        |> Set.ofList

    // Operators and indexing are the tensor's own.
    let own =
        set [ ""; "cat"; "stack"; "op_Addition"; "op_Division"; "op_Multiply"; "op_Subtraction"; "op_UnaryNegation"; "get_Item" ]

    Assert.Equal<Set<string>>(Set.empty, called - methods - own - leftMethods)
    // A call of dsharp must find its member; operators with numbers, casts and slices have none there, either.
    let strange =
        unfit
        |> Seq.filter (fun text -> text.Contains "dsharp" && not (Regex.IsMatch(text, "\\((det|inv|solve)\\)")))
        |> List.ofSeq

    Assert.Equal<string list>([], strange)
    Assert.True(passed >= 915, $"{passed} cases passed")

// What the cases do not show.

[<Fact>]
let ``tensors are made of nested values, as there`` () =
    let close (expected: Tensor) actual = close "tensor" 1e-6 expected actual
    close (FSharp.Tensor.ofArray [ 2; 2 ] [| 1.0f; 2.0f; 3.0f; 4.0f |]) (dsharp.tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])
    close (FSharp.Tensor.ofArray [ 3 ] [| 1; 2; 3 |]) (dsharp.tensor [ 1..3 ])
    close (FSharp.Tensor.ofArray [ 3 ] [| 1.0; 2.0; 3.0 |]) (dsharp.tensor ([| 1; 2; 3 |], dtype = Dtype.Float64))
    close (FSharp.Tensor.ofArray [ 2 ] [| true; false |]) (dsharp.tensor [ true; false ])
    close (FSharp.Tensor.ofArray [ 2 ] [| 1L; 2L |]) (dsharp.tensor (box (1L, 2L)))
    close (FSharp.Tensor.ofArray [] [| 2.5f |]) (dsharp.tensor 2.5)
    close (FSharp.Tensor.ofArray [ 2; 1 ] [| 1.0f; 2.0f |]) (dsharp.tensor (Array2D.init 2 1 (fun i _ -> float32 i + 1.0f)))
    close (FSharp.Tensor.ofArray [ 2; 2 ] [| 1.0f; 2.0f; 1.0f; 2.0f |]) (let t = dsharp.tensor [ 1.0; 2.0 ] in dsharp.tensor [ t; t ])
    Assert.Equal<int[]>([| 0 |], (dsharp.tensor ([]: float list)).shape)
    throws "DF0443" (fun () -> dsharp.tensor [ [ 1.0 ]; [ 2.0; 3.0 ] ])
    throws "DF0204" (fun () -> dsharp.tensor [ "a" ])
    close (dsharp.tensor [ 0.0; 0.5; 1.0 ]) (dsharp.linspace (0.0, 1.0, 3))
    close (dsharp.tensor [ 1.0; 10.0; 100.0 ]) (dsharp.logspace (0.0, 2.0, 3))
    close (dsharp.tensor [ 1.0; 1.5 ]) (dsharp.arange (2.0, 1.0, 0.5))
    close (dsharp.tensor [ 1; 3 ]) (dsharp.arange (4, 1, 2))
    close (dsharp.tensor [ 0.0; 0.0; 1.0 ]) (dsharp.onehot (3, 2))
    close (dsharp.tensor [ [ 1.0; 0.0; 0.0 ]; [ 0.0; 1.0; 0.0 ] ]) (dsharp.eye (2, 3))
    close (dsharp.tensor [ [ 0; 1 ]; [ 10; 11 ] ]) (dsharp.init2d 2 2 (fun i j -> 10 * i + j))
    close (dsharp.tensor [ 3.0; 3.0 ]) (dsharp.full (2, 3.0))
    close (dsharp.tensor [ [ 1.0; 4.0 ]; [ 9.0; 16.0 ] ]) (dsharp.map (fun x -> x * x) (dsharp.tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]))

    close
        (dsharp.tensor [ 1.0; 4.0 ])
        (dsharp.mapi2 (fun i x y -> x + float i[0] * y) (dsharp.tensor [ 1.0; 2.0 ]) (dsharp.tensor [ 5.0; 2.0 ]))

    let t = dsharp.zeros [ 2; 3 ]
    Assert.Equal((2, 6, Dtype.Float32), (t.dim, t.nelement, t.dtype))
    close (dsharp.tensor [ 3.0; 7.0 ]) ((dsharp.tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]).sum 1)
    close (dsharp.tensor [ [ 1 ]; [ 2 ] ]) ((dsharp.tensor [ 1.5; 2.5 ]).view([ 2; 1 ]).int32())
    Assert.Equal(2.5, (dsharp.tensor [ 1.5; 2.5 ]).max().toDouble())
    Assert.Equal<int[]>([| 1; 0 |], dsharp.argmax (dsharp.tensor [ [ 1.0; 2.0 ]; [ 5.0; 4.0 ] ]))

[<Fact>]
let ``programs compose from left to right`` () =
    let x = dsharp.tensor ([ [ 1.0; -2.0 ]; [ 3.0; 4.0 ] ], dtype = Dtype.Float64)
    let y = x --> dsharp.sub (dsharp.oneLike x) --> dsharp.relu --> dsharp.sum 1 --> dsharp.view [ 1; 2 ]
    close "program" 0.0 (f64 [ 1; 2 ] [ 0.0; 5.0 ]) y
    close "flatten" 0.0 (f64 [ 4 ] [ 1.0; -2.0; 3.0; 4.0 ]) (x --> dsharp.flatten 0)
    close "clamp" 0.0 (f64 [ 2; 2 ] [ 1.0; 0.0; 3.0; 3.5 ]) (x --> dsharp.clamp (low = 0.0, high = 3.5))
    close "softmax" 1e-15 (dsharp.softmax (x, 1)) (x --> dsharp.softmax 1)
    close "cast" 0.0 (dsharp.cast (x, Dtype.Int32)) (x --> dsharp.cast Dtype.Int32)
    close "stack" 0.0 (dsharp.stack [ x; x ]) ([ x; x ] |> Seq.ofList |> dsharp.stack 0)
    let image, kernel = dsharp.ones [ 1; 1; 3; 3 ], dsharp.ones [ 1; 1; 2; 2 ]

    close
        "conv2d"
        0.0
        (dsharp.full ([ 1; 1; 4; 4 ], 1.0) |> fun t -> dsharp.conv2d (image, kernel, padding = 1) + 0.0 * t)
        (image --> dsharp.conv2d (kernel, padding = 1))

[<Fact>]
let ``the derivatives have DiffSharp's names, order and results`` () =
    let x = f64 [ 2 ] [ 1.5; -0.5 ]
    let v = f64 [ 2 ] [ 1.0; 2.0 ]
    let f (x: Tensor) : Tensor = dsharp.sum (x * x * x) + dsharp.slice (x, [ 0 ]) * dsharp.slice (x, [ 1 ])
    let g = f64 [ 2 ] [ 3.0 * 2.25 - 0.5; 0.75 + 1.5 ]
    let h = f64 [ 2; 2 ] [ 9.0; 1.0; 1.0; -3.0 ]
    let near what expected actual = close what 1e-14 expected actual
    near "grad" g (dsharp.grad f x)
    near "g" g (dsharp.g f x)
    near "fgrad" (f x) (fst (dsharp.fgrad f x))
    near "h" h (dsharp.h f x)
    let y, d, hv = dsharp.fgradhessianv f x v
    near "fgradhessianv" (f x) y
    near "fgradhessianv" (dsharp.dot (g, v)) d
    near "fgradhessianv" (dsharp.matmul (h, v)) hv
    near "gvp" (dsharp.dot (g, v)) (dsharp.gvp f x v)
    let y, g2, h2 = dsharp.fgh f x
    near "fgh" (f x) y
    near "fgh" g g2
    near "fgh" h h2
    near "laplacian" (scalar 6.0) (dsharp.laplacian f x)
    let field (x: Tensor) : Tensor = dsharp.sin x * dsharp.flip (x, [ 0 ])
    let j = dsharp.jacobian field x
    near "jacobianv" (dsharp.matmul (j, v)) (dsharp.jvp field x v)
    near "jacobianTv" (dsharp.matmul (dsharp.transpose j, v)) (dsharp.vjp field x v)
    near "divergence" (dsharp.trace j) (dsharp.divergence field x)
    let t = scalar 0.7
    near "diff" (cos t) (dsharp.diff sin t)
    near "diff2" (-(sin t)) (dsharp.diff2 sin t)
    near "diffn" (-(cos t)) (dsharp.diffn 3 sin t)
    near "ffdiffn" (-(sin t)) (Array.item 2 (dsharp.ffdiffn 3 sin t))
    let rough what expected actual = close what 1e-5 expected actual
    rough "numgrad" g (dsharp.numgrad 1e-4 f x)
    rough "numhessian" h (dsharp.numh 1e-3 f x)
    rough "numjacobian" j (dsharp.numjacobian 1e-4 field x)
    rough "numdiff2" (-(sin t)) (dsharp.numdiff2 1e-3 sin t)
    let p = f64 [ 3 ] [ 1.0; 2.0; 3.0 ]
    let rotation (p: Tensor) : Tensor = dsharp.stack [ -p[1]; p[0]; p[2] ]
    let c, d = dsharp.curldivergence rotation p
    near "curl" (f64 [ 3 ] [ 0.0; 0.0; 2.0 ]) c
    near "div" (scalar 1.0) d
    rough "numcurl" c (dsharp.numcurl 1e-3 rotation p)

[<Fact>]
let ``a standard deviation of 0 has a derivative of 0`` () =
    let x = f64 [ 2; 2 ] [ 3.0; 3.0; 1.0; 2.0 ]
    close "of all" 0.0 (f64 [ 2 ] [ 0.0; 0.0 ]) (dsharp.grad dsharp.std (f64 [ 2 ] [ 3.0; 3.0 ]))
    let half = 0.5 / sqrt 2.0 * 2.0
    close "along an axis" 1e-15 (f64 [ 2; 2 ] [ 0.0; 0.0; -half; half ]) (dsharp.grad (fun x -> dsharp.sum (dsharp.std (x, 1))) x)
    close "biased, kept" 1e-15 (f64 [ 2; 1 ] [ 0.0; 0.5 ]) (dsharp.std (x, 1, keepDim = true, unbiased = false))

[<Fact>]
let ``axes are joined and parted, also from the end`` () =
    let x = dsharp.zeros [ 2; 3; 4; 5 ]
    Assert.Equal<int[]>([| 120 |], (dsharp.flatten x).shape)
    Assert.Equal<int[]>([| 2; 12; 5 |], (dsharp.flatten (x, 1, 2)).shape)
    Assert.Equal<int[]>([| 2; 3; 20 |], (x.flatten -2).shape)
    Assert.Equal<int[]>([||], (dsharp.flatten (dsharp.zero ())).shape)
    Assert.Equal<int[]>([| 2; 3; 2; 2; 5 |], (dsharp.unflatten (x, 2, [ 2; -1 ])).shape)
    Assert.Equal<int[]>([| 2; 3; 4; 5; 1 |], (x.unflatten (-1, [ 5; 1 ])).shape)
    throws "DF0112" (fun () -> dsharp.flatten (x, 4))
    throws "DF0112" (fun () -> dsharp.unflatten (x, 4, [ 1 ]))

[<Fact>]
let ``a second derivative by differences evaluates the function three times`` () =
    let mutable calls = 0

    let f (x: Tensor) =
        calls <- calls + 1
        dsharp.sin x

    let y, second = dsharp.numfdiff2 1e-3 f (scalar 0.7)
    Assert.Equal(3, calls)
    close "value" 0.0 (sin (scalar 0.7)) y
    close "second derivative" 1e-6 (-(sin (scalar 0.7))) second

[<Fact>]
let ``an unknown reduction is refused`` () = throws "DF0442" (fun () -> dsharp.mseLoss (dsharp.ones 2, dsharp.ones 2, "average"))

namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of control flow and custom rules: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal ControlInterop =
    static member Scan(step: Func<'C, 'X, struct ('C * 'Y)>, init: 'C, xs: 'X, reverse: bool) : struct ('C * 'Y) =
        let f c x = let struct (c, y) = step.Invoke(c, x) in c, y
        let c, y = scanWith { ScanOptions.Default with Reverse = reverse } f init xs in
        struct (c, y)

    static member Scan(step: Func<'C, struct ('C * 'Y)>, init: 'C, length: int) : struct ('C * 'Y) =
        let f c () = let struct (c, y) = step.Invoke c in c, y
        let c, y = scanWith { ScanOptions.Default with Length = Some length } f init () in
        struct (c, y)

    static member Fold(step: Func<'C, 'X, 'C>, init: 'C, xs: 'X, reverse: bool) : 'C =
        scanWith { ScanOptions.Default with Reverse = reverse } (fun c x -> step.Invoke(c, x), ()) init xs |> fst

    static member Map(f: Func<'X, 'Y>, xs: 'X) : 'Y = map f.Invoke xs

    static member For(lower: int, upper: int, body: Func<Tensor, 'C, 'C>, init: 'C) : 'C =
        forLoop lower upper (fun i c -> body.Invoke(i, c)) init

    static member Cond(predicate: Tensor, yes: Func<'T, 'R>, no: Func<'T, 'R>, x: 'T) : 'R = cond predicate yes.Invoke no.Invoke x

    static member Switch(index: Tensor, branches: Func<'T, 'R> seq, x: 'T) : 'R = switch index (branches |> Seq.map (fun f -> f.Invoke)) x

    static member While(condition: Func<'C, Tensor>, body: Func<'C, 'C>, init: 'C) : 'C = whileLoop condition.Invoke body.Invoke init

    static member WhileBounded(maximum: int, condition: Func<'C, Tensor>, body: Func<'C, 'C>, init: 'C) : 'C =
        whileLoopBounded maximum condition.Invoke body.Invoke init

    static member CustomJvp(f: Func<'T, 'R>, rule: Func<'T, 'T, struct ('R * 'R)>, x: 'T) : 'R =
        customJvp f.Invoke (fun x dx -> let struct (y, dy) = rule.Invoke(x, dx) in y, dy) x

    static member CustomVjp(f: Func<'T, 'R>, forward: Func<'T, struct ('R * 'S)>, backward: Func<'S, 'R, 'T>, x: 'T) : 'R =
        customVjp f.Invoke (fun x -> let struct (y, s) = forward.Invoke x in y, s) (fun s ct -> backward.Invoke(s, ct)) x

    static member CustomRules
        (f: Func<'T, 'R>, rule: Func<'T, 'T, struct ('R * 'R)>, forward: Func<'T, struct ('R * 'S)>, backward: Func<'S, 'R, 'T>, x: 'T)
        : 'R =
        customRules
            f.Invoke
            (fun x dx -> let struct (y, dy) = rule.Invoke(x, dx) in y, dy)
            (fun x -> let struct (y, s) = forward.Invoke x in y, s)
            (fun s ct -> backward.Invoke(s, ct))
            x

    static member Checkpoint(f: Func<'T, 'R>, x: 'T) : 'R = checkpoint f.Invoke x

    static member Linearize(f: Func<'T, 'R>, x: 'T) : struct ('R * Func<'T, 'R>) =
        let y, push = linearize f.Invoke x in struct (y, Func<'T, 'R> push)

    static member LinearTranspose(f: Func<'T, 'R>, x: 'T) : Func<'R, 'T> =
        // Bound first: a delegate made of the expression would run f at each use.
        let back = linearTranspose f.Invoke x in
        Func<'R, 'T> back

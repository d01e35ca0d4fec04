/// Tuples of any type taken apart and built, struct ones too. FSharpValue does the same by compiling expressions, for which a program that starts waits.
module internal DeepFun.Tuples

open System
open System.Reflection
open System.Runtime.CompilerServices
open Microsoft.FSharp.Reflection

// With more elements the last field is a tuple of the rest.
let private mostFlat = 7

/// The elements.
let read (tuple: obj) : obj[] =
    let tuple = tuple :?> ITuple
    Array.init tuple.Length (fun i -> tuple[i])

/// From elements to a tuple of a type.
let build (t: Type) : obj[] -> obj =
    let count = (FSharpType.GetTupleElements t).Length

    if count > mostFlat then
        FSharpValue.PreComputeTupleConstructor t
    else
        let constructor = ConstructorInvoker.Create(t.GetConstructor(FSharpType.GetTupleElements t))
        fun elements -> constructor.Invoke(Span elements)

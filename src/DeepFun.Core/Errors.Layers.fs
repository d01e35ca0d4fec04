/// Error texts of parameters by path: DF0960 to DF0969.
module internal DeepFun.LayerErrors

open System

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let pattern (operation: string) (pattern: string) (paths: string seq) : 'a =
    let all = Array.ofSeq paths

    let shown =
        if all.Length = 0 then "there are none"
        elif all.Length <= 12 then "they are " + String.Join(", ", all)
        else "they begin with " + String.Join(", ", Array.truncate 12 all)

    fail
        "DF0960"
        $"{operation}: no path of a parameter has the pattern \"{pattern}\"; {shown}. In a pattern, * stands for a part of one name, ** for any number of names."

let replacement (operation: string) (path: string) (expected: string) (came: string) : 'a =
    fail
        "DF0961"
        $"{operation}: at {path} stands {expected}; {came} came. A replacement has the same names and shapes: reshape it, or initialize the layer anew."

let merged (path: string) : 'a =
    fail "DF0962" $"Params.Merge: both trees have a tensor at {path}. Merge the two parts that Partition gives."

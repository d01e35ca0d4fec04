namespace DeepFun

open System.Collections.Generic

/// Generic constructions that reflection calls.
type internal TreeBuild =
    static member List<'T>(xs: obj[]) : obj = Array.foldBack (fun x list -> unbox<'T> x :: list) xs [] |> box
    static member Mutable<'T>(xs: obj[]) : obj = List<'T>(xs |> Array.map unbox<'T>) |> box

    static member ReadMap<'K, 'V when 'K: comparison>(v: Map<'K, 'V>) : (string * obj)[] =
        v |> Map.toArray |> Array.map (fun (k, x) -> string (box k), box x)

    static member Map<'K, 'V when 'K: comparison>(template: Map<'K, 'V>, xs: obj[]) : obj =
        Seq.zip (Map.keys template) (xs |> Seq.map unbox<'V>) |> Map.ofSeq |> box

    static member ReadDictionary<'K, 'V when 'K: equality>(v: Dictionary<'K, 'V>) : (string * obj)[] =
        v |> Seq.map (fun e -> string (box e.Key), box e.Value) |> Array.ofSeq

    static member Dictionary<'K, 'V when 'K: equality>(template: Dictionary<'K, 'V>, xs: obj[]) : obj =
        let d = Dictionary<'K, 'V> template.Count
        Seq.iter2 (fun (e: KeyValuePair<'K, 'V>) x -> d[e.Key] <- unbox<'V> x) template xs
        box d

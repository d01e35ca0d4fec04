namespace DeepFun
module internal Placeholder =
    let x = 1

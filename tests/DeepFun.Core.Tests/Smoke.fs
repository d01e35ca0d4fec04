module DeepFun.Core.Tests.Smoke
open Xunit
[<Fact>]
let ``a`` () = Assert.True true

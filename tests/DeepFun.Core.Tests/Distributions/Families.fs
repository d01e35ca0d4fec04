/// The families under their general type, so that they stand in one list.
module internal DeepFun.Core.Tests.Distributions.Families

open DeepFun
open DeepFun.FSharp

let normal a b : Distribution = Distribution.normal a b
let uniform a b : Distribution = Distribution.uniform a b
let bernoulli a : Distribution = Distribution.bernoulli a
let bernoulliLogits a : Distribution = Distribution.bernoulliLogits a
let categorical a : Distribution = Distribution.categorical a
let categoricalLogits a : Distribution = Distribution.categoricalLogits a
let gamma a b : Distribution = Distribution.gamma a b
let beta a b : Distribution = Distribution.beta a b
let dirichlet a : Distribution = Distribution.dirichlet a
let exponential a : Distribution = Distribution.exponential a
let laplace a b : Distribution = Distribution.laplace a b
let studentT a b c : Distribution = Distribution.studentT a b c
let poisson a : Distribution = Distribution.poisson a
let multivariateNormal a b : Distribution = Distribution.multivariateNormal a b
let mixture w (c: Distribution) : Distribution = Distribution.mixture w c
let empirical a : Distribution = Distribution.empirical a

namespace DeepFun.Core.Tests.IO

open System
open System.Diagnostics
open System.IO
open System.Threading
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open FsCheck.Xunit
open Xunit

/// A process that saves one version after the other until it is killed.
module SavingLoop =
    /// Tells the process where to save.
    let variable = "DEEPFUN_TEST_SAVING_LOOP"

    let private names = [ for i in 1..8 -> $"tensor{i}" ]

    let run (path: string) =
        for version in Seq.initInfinite id do
            let x = Tensor.full [ 256; 64 ] (float version)
            SafeTensors.save path [ "version", string version ] [ for n in names -> n, x ]

    /// The version of a complete file; anything else is a failure.
    let check (path: string) : int =
        let file = SafeTensors.load path
        let version = int file.Metadata["version"]
        Assert.Equal(names.Length, file.Tensors.Count)

        for e in file.Tensors do
            Assert.True(e.Value.ToArray<float32>() |> Array.forall (fun v -> v = float32 version))

        version

    let start (path: string) : Process =
        let assembly = typeof<Fixtures.OneWay>.Assembly.Location
        let info = ProcessStartInfo(Environment.ProcessPath, [| "exec"; assembly |])
        // The runtime calls StartupHook.Initialize before the assembly's own (empty) main.
        info.Environment["DOTNET_STARTUP_HOOKS"] <- assembly
        info.Environment[variable] <- path
        Process.Start info

module CrashTests =

    [<Fact>]
    let ``a process killed while saving leaves a complete file`` () =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "state.safetensors")
            let r = Random 1
            let mutable versions = 0

            for _ in 1..8 do
                File.Delete path
                use child = SavingLoop.start path
                let patience = Stopwatch.StartNew()

                while not (File.Exists path) do
                    Assert.False(child.HasExited, "the saving process ended by itself")
                    Assert.True(patience.Elapsed < TimeSpan.FromSeconds 60.0, "the saving process saved nothing")
                    Thread.Sleep 1

                // Reading beside the writer, then killing it at any moment.
                let stop = r.Next(5, 60)
                let time = Stopwatch.StartNew()

                while time.ElapsedMilliseconds < int64 stop do
                    SavingLoop.check path |> ignore

                child.Kill()
                child.WaitForExit()
                versions <- versions + SavingLoop.check path

            Assert.True(versions > 8, "the processes were killed before they saved a second time"))

    [<Property(MaxTest = 50)>]
    let ``a write that fails leaves the old file and nothing else`` (seed: int) =
        inFolder (fun folder ->
            let r = Random seed
            let path = Path.Combine(folder, "state.safetensors")
            SafeTensors.save path [ "version", "old" ] [ "x", Tensor.ones [ 3 ] ]
            let before = File.ReadAllBytes path
            let part = Array.zeroCreate<byte>(r.Next 200_000)

            failsWith "DF0502" "disk is full" (fun () ->
                AtomicFile.write path (fun stream ->
                    stream.Write(ReadOnlySpan part)
                    raise (IOException "The disk is full.")))

            Assert.Equal<byte>(before, File.ReadAllBytes path)
            Assert.Equal<string>([ path ], Directory.GetFileSystemEntries folder))

    [<Fact>]
    let ``an error of ours while writing leaves the old file and nothing else`` () =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "x.npy")
            Npy.save path (Tensor.scalar 1.0)
            // Under vmap values are not known.
            failsWith "DF0402" "value" (fun () ->
                vmap
                    (fun (x: Tensor) ->
                        Npy.save path x
                        x)
                    (Tensor.ones [ 2 ]))

            same (Tensor.scalar 1.0) (Npy.load path)
            Assert.Equal<string>([ path ], Directory.GetFileSystemEntries folder))

    [<Fact>]
    let ``links and the file's mode stay`` () =
        if not (OperatingSystem.IsWindows()) then
            inFolder (fun folder ->
                let path, link = Path.Combine(folder, "real.npy"), Path.Combine(folder, "link.npy")
                Npy.save path (Tensor.scalar 1.0)
                let mode = UnixFileMode.UserRead ||| UnixFileMode.UserWrite
                File.SetUnixFileMode(path, mode)
                File.CreateSymbolicLink(link, path) |> ignore
                Npy.save link (Tensor.scalar 2.0)
                same (Tensor.scalar 2.0) (Npy.load path)
                Assert.Equal(path, File.ResolveLinkTarget(link, false).FullName)
                Assert.Equal(mode, File.GetUnixFileMode path))

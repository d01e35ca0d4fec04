namespace DeepFun

open System
open System.IO
open System.Security

/// Files that are read and written whole: what the operating system says becomes one error of ours, and a file at its path is
/// always complete, the old one or the new one.
module internal AtomicFile =

    /// What the file system throws, for paths that cannot be as well.
    let private (|Missing|Access|Other|) (e: exn) =
        match e with
        | :? FileNotFoundException
        | :? DirectoryNotFoundException
        | :? DriveNotFoundException -> Missing
        | :? IOException
        | :? UnauthorizedAccessException
        | :? SecurityException
        | :? ArgumentException
        | :? NotSupportedException -> Access
        | _ -> Other

    /// Runs an access to a file and gives failures of the file system our codes.
    let guard (file: string) (action: unit -> 'a) : 'a =
        try
            action ()
        with
        | Missing as e -> Errors.fileMissing file e
        | Access as e -> Errors.fileAccess file e

    let private open' (path: string) (mode: FileMode) (access: FileAccess) = new FileStream(path, mode, access, FileShare.Read, 1 <<< 16)

    /// Reads a file; f gets the open stream.
    let read (path: string) (f: Stream -> 'a) : 'a =
        guard path (fun () ->
            use stream = open' path FileMode.Open FileAccess.Read
            f stream)

    let private delete (path: string) =
        try
            File.Delete path
        with
        | Missing
        | Access -> ()

    /// Writes a file beside its place, to the disk, and then renames it over: a reader, or whoever comes after a crash, never meets
    /// half a file. If f fails the old file stays and the new one is removed. A link is followed, the old file's mode is kept.
    let write (path: string) (f: Stream -> unit) : unit =
        guard path (fun () ->
            let path = Path.GetFullPath path
            let old = FileInfo path
            let link = if old.Exists then old.ResolveLinkTarget true else null
            let target = if isNull link then path else link.FullName
            let beside = Path.Combine(Path.GetDirectoryName target, ".deepfun-" + Path.GetRandomFileName())

            try
                (use stream = open' beside FileMode.CreateNew FileAccess.Write
                 f stream
                 stream.Flush true)

                if old.Exists && not (OperatingSystem.IsWindows()) then
                    File.SetUnixFileMode(beside, File.GetUnixFileMode target)

                File.Move(beside, target, true)
            with _ ->
                delete beside
                reraise ())

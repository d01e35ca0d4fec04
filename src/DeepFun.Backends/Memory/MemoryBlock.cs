namespace DeepFun.Backends;

/// <summary>Memory outside the managed heap: returned by the scope that owns it, else by its finalizer.</summary>
public abstract class MemoryBlock
{
    /// <summary>The scope that returns this block when it ends; null: the finalizer does.</summary>
    internal MemoryScope? Owner { get; set; }

    /// <summary>Slots of a compiled graph that hold this block.</summary>
    internal int Holders { get; set; }

    /// <summary>The scope of a compiled graph that counts holders of this block without owning it, and may take its memory over.</summary>
    internal MemoryScope? Guest { get; set; }

    /// <summary>Whether somebody asked to keep it: only the finalizer returns it then.</summary>
    internal bool Detached { get; set; }

    /// <summary>Whether the list of the scope that owns it has it already.</summary>
    internal bool Listed { get; set; }

    /// <summary>Whether its memory has gone back.</summary>
    internal abstract bool IsReleased { get; }

    /// <summary>Called when it outlives the scope that it was made in.</summary>
    internal virtual void Outlive() { }

    /// <summary>Gives the memory back; a later access reports DF0601.</summary>
    internal abstract void Release();
}

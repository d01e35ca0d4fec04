using System.Collections.Generic;

namespace DeepFun;

/// <summary>Shows how a training proceeds.</summary>
/// <remarks>Training is lazy: asking for the next news takes the next step. So a progress is what drives a training, and it is called once.</remarks>
public abstract class TrainingProgress
{
    /// <summary>Enumerates the news once, to their end, and shows them. An exception of the training passes through.</summary>
    public abstract void Follow(IEnumerable<TrainingNews> news);
}

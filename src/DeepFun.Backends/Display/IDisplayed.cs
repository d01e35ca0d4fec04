namespace DeepFun;

/// <summary>
/// How a value looks inside a notebook. What users call is the type's own ToHtml, which some notebooks look for; the two differ for a
/// whole page, whose style must not reach the notebook around it.
/// </summary>
internal interface IDisplayed
{
    /// <summary>A part of a page.</summary>
    string Html();
}

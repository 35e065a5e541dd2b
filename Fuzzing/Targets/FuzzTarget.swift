/// A reader of files that others have made.
package enum FuzzTarget: String, CaseIterable, Sendable {
    // Pictures.
    case jpeg, png, webp, heif, tiff
    // Weights, and what a run keeps.
    case pickle, pth, safetensors, resume, run
    // Text: recipes, lists, tables, annotations, names of classes.
    case recipe, list, csv, coco, classes
    // Data sets as their authors offer them.
    case tar
    // Predictions of this and other programs.
    case predictions

    /// The form that mutations keep; nil for text, which has words from a dictionary instead, and for containers whose
    /// parts have no checksum.
    package var format: (any PieceFormat)? {
        switch self {
        case .png: PNGChunks()
        case .pickle: PickleOpcodes()
        case .pth, .predictions: ZipEntries()
        case .safetensors, .resume: SafeTensorsTokens()
        case .tar: TarBlocks()
        default: nil
        }
    }
}

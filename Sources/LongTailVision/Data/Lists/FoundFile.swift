import Foundation
import LongTailBasics
import LongTailSerialization

/// What a file below a folder of pictures turns out to be.
enum FoundFile {
    case picture
    case leftOut(LeftOut.Reason)
    /// Hidden, and no picture.
    case hidden
    /// Called a picture, or not to be read: with what is wrong.
    case broken(String)

    /// By content: a file that only its name calls a picture is broken, not left out.
    init(_ entry: FolderWalk.Entry, below folder: String) {
        switch entry.kind {
        case .file where entry.isText: self.init("\(folder)/\(entry.path)", isHidden: entry.isHidden)
        case .file, .folder: self = .leftOut(.name)
        case .folderLink: self = .leftOut(.folderLink)
        case .deadLink: self = .leftOut(.deadLink)
        case .special: self = .leftOut(.special)
        case .lockedFolder: self = .leftOut(.lockedFolder)
        }
    }

    private init(_ path: String, isHidden: Bool) {
        let start: Data
        do throws(LongTailError) {
            let file = try FileBytes(path: path)
            start = try file.read(at: 0, count: min(file.size, ImageKind.prefixLength))
        } catch {
            self = .broken(error.problem)
            return
        }
        let kind = ImageKind(firstBytes: start)
        switch (kind, isHidden) {
        case (_?, true): self = .leftOut(.hidden)
        case (let kind?, false): self = kind.isDecodable ? .picture : .leftOut(.kind(kind))
        case (nil, true): self = .hidden
        case (nil, _) where !Self.isCalledPicture(path): self = .leftOut(.noPicture)
        case (nil, _):
            self = .broken(
                start.isEmpty
                    ? "\(path) is empty" : "\(path) is neither a JPEG, a PNG nor a WebP, whatever its name says")
        }
    }

    private static func isCalledPicture(_ path: String) -> Bool {
        ["jpg", "jpeg", "png", "webp"].contains(Path(path).ending)
    }
}

import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import OrderedCollections

/// Where a run stands, in one file: how far it is, and the weights, momentum and merge under way at that moment.
///
/// Written whole and atomically after every epoch, so that a killed run goes on from the last whole epoch.
struct ResumePoint {
    /// How far the run is: all before it is done.
    var position: RunPosition
    /// The network under way; empty at the beginning of a stage or member.
    var network: StateDict = [:]
    /// What the method keeps beside the network.
    var session: StateDict = [:]
    /// The optimiser's momentum.
    var momentum: StateDict = [:]
    /// The merge under way in a BTM stage.
    var merge: StateDict = [:]
    /// What a soup decided so far.
    var decisions: [GreedySoup.Decision] = []
    /// On what a member under way was trained so far, in a file of its own.
    var origin: MemberOrigin?

    private struct Header: Codable {
        var position: RunPosition
        var decisions: [GreedySoup.Decision]
        var origin: MemberOrigin?
    }

    /// Writes the point in the place of the one before.
    func write(to path: String) throws(LongTailError) {
        var tensors = StateDict()
        for (prefix, part) in [
            ("network", network), ("session", session), ("momentum", momentum), ("merge", merge),
        ] {
            for (name, tensor) in part { tensors["\(prefix)/\(name)"] = tensor }
        }
        let header = String(
            decoding: try RunJSON.encode(Header(position: position, decisions: decisions, origin: origin)),
            as: UTF8.self)
        try SafeTensorsFile.write(tensors, metadata: ["resume": header], isSealed: true, to: path)
    }

    /// Reads how far a run is, without its tensors; nil when there is no point yet.
    static func position(_ path: String) throws(LongTailError) -> RunPosition? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text = try SafeTensorsReader(path).header.metadata["resume"] ?? ""
        guard let header = RunJSON.decode(Header.self, Data(text.utf8)) else {
            throw LongTailError(.checkpoint, "\(path): does not say where the run stood")
        }
        return header.position
    }

    /// Reads a point; nil when there is none yet.
    static func read(_ path: String) throws(LongTailError) -> ResumePoint? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let remedy =
            "Put it back as it was, or start a new run from the last finished stage's checkpoint (\(Wording.command("btm \(Wording.option("checkpoint"))")))."
        let file: SafeTensors
        do throws(LongTailError) { file = try SafeTensorsFile.read(path) } catch {
            throw error.with(remedy: remedy)
        }
        guard let text = file.metadata["resume"], let header = RunJSON.decode(Header.self, Data(text.utf8)) else {
            throw LongTailError(
                .checkpoint, "\(path): does not say where the run stood", remedy: remedy)
        }
        var point = ResumePoint(position: header.position, decisions: header.decisions, origin: header.origin)
        for (key, tensor) in file.tensors {
            guard let slash = key.firstIndex(of: "/") else { continue }
            let name = String(key[key.index(after: slash)...])
            switch key[..<slash] {
            case "network": point.network[name] = tensor
            case "session": point.session[name] = tensor
            case "momentum": point.momentum[name] = tensor
            default: point.merge[name] = tensor
            }
        }
        return point
    }
}

import LongTailBasics
import LongTailTorch

extension Network {
    /// N×3×H×W to N×K for prediction: what calling the network gives, without computing the experts that nobody asks.
    ///
    /// Where a part routes images among experts, an expert sees only the images that are sent to it. Which those are
    /// depends on the images, so that this cannot be traced; export calls the network itself.
    public func predict(_ images: Tensor) throws(LongTailError) -> Tensor {
        guard let router = classifier.router, let experts = backbone as? ExpertBackbone, !classifier.looksAtFeatures
        else { return try self(images) }
        return try withoutGradients { () throws(LongTailError) in
            var shared = try experts.shared(images)
            var feature = try experts.features(shared, of: 0)
            // Logits of the images that go on; their positions in the batch; everyone's logits, and number of experts.
            var sum = try classifier.expert(0, feature)
            var rows = Array(0..<images.size(0))
            let total = try sum.add(0)
            var asked = [Float](repeating: 1, count: rows.count)
            for expert in 1..<(classifier.expertCount ?? 1) {
                let open = try router.gate(after: expert - 1, feature, sum: sum).array(of: Float.self)
                let asking = open.indices.filter { open[$0] > 0 }
                guard !asking.isEmpty else { break }
                if asking.count < rows.count {
                    let index = try Tensor(asking)
                    (shared, sum) = (try shared.indexSelect(0, index), try sum.indexSelect(0, index))
                    rows = asking.map { rows[$0] }
                }
                feature = try experts.features(shared, of: expert)
                let own = try classifier.expert(expert, feature)
                sum = try sum.add(own)
                try total.indexAdd_(0, Tensor(rows), own.to(like: total))
                for row in rows { asked[row] += 1 }
            }
            let mean = try total.div(Tensor(asked, shape: [asked.count, 1]).to(like: total))
            return try classifier.finished(mean, nil)
        }
    }
}

/// What a column of a table, or an array, may hold, by the names that programs give it.
enum PredictionColumn: CaseIterable {
    case truth, predicted, score, image, group

    /// Names in lower case, the likeliest first.
    var names: [String] {
        switch self {
        case .truth:
            [
                "true", "y_true", "true_label", "true_class", "label", "labels", "target", "targets", "ground_truth",
                "gt",
                "actual",
            ]
        case .predicted:
            [
                "predicted", "y_pred", "pred", "preds", "prediction", "predictions", "predicted_label",
                "predicted_class",
                "pred_label",
            ]
        case .score: ["score", "y_score", "scores", "confidence", "probability", "probabilities", "prob", "probs"]
        case .image: ["image", "path", "file", "filename", "file_name", "image_path", "image_id", "name", "id"]
        case .group: ["group", "fold"]
        }
    }

    /// The place of the column among names as they stand in a file.
    func place(in heading: [String]) -> Int? {
        let words = heading.map { $0.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 } }.map { String($0) }
        return names.lazy.compactMap { words.firstIndex(of: $0) }.first
    }
}

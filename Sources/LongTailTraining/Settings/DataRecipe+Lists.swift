import LongTailBasics
import LongTailRecipeCoding

extension DataRecipe {
    /// Whether classes have names that can be put in an order.
    package var ordersClasses: Bool { [.folder, .csv, .coco].contains(name) }

    /// Keys of lists where there are none, and lists that are missing.
    func listConflicts() -> [RecipeConflict] {
        guard name.isListed else {
            return lists.given.map {
                RecipeConflict($0, "is not for \(name.rawValue), which has no lists", remedy: "Remove the key.")
            }
        }
        if [.list, .csv, .coco].contains(name), lists.train == nil {
            return [
                RecipeConflict(
                    "train", "is missing: \(name.rawValue) needs it",
                    remedy: "As in train: train.txt, or \(Wording.option("set", "data.train=train.txt")).")
            ]
        }
        if !ordersClasses, lists.classOrder != nil {
            return [
                RecipeConflict(
                    "class-order",
                    "is for folder, csv and coco, whose classes have names; \(name.rawValue) lists labels",
                    remedy: "Remove the key; class-names gives names to labels.")
            ]
        }
        if let columns = lists.columns, name != .csv || columns.count != 2 {
            return [
                RecipeConflict(
                    "columns",
                    name == .csv ? "needs two names, not \(columns.count)" : "is for csv, not for \(name.rawValue)",
                    remedy: "As in columns: [path, label].")
            ]
        }
        if lists.cropBoxes, ![.list, .csv, .coco].contains(name) {
            return [
                RecipeConflict(
                    "crop-boxes", "is for JSON annotations; \(name.rawValue) has no boxes", remedy: "Remove the key.")
            ]
        }
        guard validation == 0 || lists.validationList == nil else {
            return [RecipeConflict("validation", "is for sets without a validation-list", remedy: "Keep one of them.")]
        }
        return []
    }
}

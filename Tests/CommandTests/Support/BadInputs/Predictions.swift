import Foundation
import LongTail
import Testing

extension BadInput {
    /// A table of predictions as a CSV file.
    private static func table(_ name: String, _ says: [String], _ text: String) -> BadInput {
        BadInput(name, 3, says) { ["evaluate", "--predictions", try $0.write(text, as: "p.csv")] }
    }

    /// An archive of arrays that NumPy wrote.
    private static func archive(_ name: String, _ says: [String], _ file: String) -> BadInput {
        BadInput(name, 3, says) { desk in
            let source = Longtail.root.appending(path: "Tests/PredictionsTests/Fixtures/\(file).npz")
            return ["evaluate", "--predictions", try desk.write(try Data(contentsOf: source), as: "\(file).npz")]
        }
    }

    private static let right = "image,true,predicted\na.jpg,cat,cat\nb.jpg,dog,cat\n"

    static let predictions: [BadInput] = [
        table("a table without predictions", ["p.csv:1", "Name them in the first line"], "image,true\na.jpg,cat\n"),
        table("a table without a row", ["p.csv", "no row of predictions"], "true,predicted\n"),
        table("a negative label", ["p.csv:3", "-1 is negative"], "true,predicted\n0,1\n-1,0\n"),
        table("a row with a cell too few", ["p.csv:3", "1 field, but 2 columns"], "true,predicted\n0,1\n0\n"),
        BadInput("predictions that are not there", 3, ["none.csv"]) {
            ["evaluate", "--predictions", $0.at("none.csv")]
        },
        BadInput("a model given as predictions", 3, ["m.pth is a pickle", "np.savez"]) {
            ["evaluate", "--predictions", try $0.write(Data([0x80, 0x02, 0x7d, 0x71]), as: "m.pth")]
        },
        archive("an archive of Python objects", ["objects.npz", "could run anything", "np.asarray"], "objects"),
        archive("scores with a NaN", ["nan.npz", "row 5", "column 0"], "nan"),
        BadInput("predictions of other images", 3, ["q.csv", "same images", "a.jpg"]) { desk in
            let other = try desk.write("image,true,predicted\nx.jpg,cat,cat\n", as: "q.csv")
            return ["evaluate", "--predictions", try desk.write(right, as: "p.csv"), "--predictions", other]
        },
        BadInput("a prediction of a class that does not exist", 3, ["p.csv:3", "'bird'", "counts"]) { desk in
            let counts = try desk.write("cat,500\ndog,5\n", as: "counts.csv")
            let table = try desk.write("true,predicted\ncat,dog\ndog,bird\n", as: "p.csv")
            return ["evaluate", "--predictions", table, "--counts", counts]
        },
        BadInput("counts that are no numbers", 3, ["counts.csv:2", "'many' is no number"]) { desk in
            let counts = try desk.write("cat,500\ndog,many\n", as: "counts.csv")
            return ["evaluate", "--predictions", try desk.write(right, as: "p.csv"), "--counts", counts]
        },
        BadInput("another program's convention that is not known", 64, ["btm", "lift"]) { desk in
            ["evaluate", "--predictions", try desk.write(right, as: "p.csv"), "--convention", "lws"]
        },
        BadInput("a run and predictions at once", 64, ["--predictions"]) { desk in
            ["evaluate", "runs/x", "--predictions", try desk.write(right, as: "p.csv")]
        },
        BadInput("counts without predictions", 64, ["--counts goes with --predictions"]) { desk in
            ["evaluate", "runs/x", "--counts", try desk.write("cat,500\n", as: "counts.csv")]
        },
    ]
}

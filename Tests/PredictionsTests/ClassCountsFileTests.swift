import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import Testing

@Suite struct ClassCountsFileTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test(
        "Names with counts, with and without a heading, and a number a line",
        arguments: [
            ("class,count\ncat,12\ndog,3\n", ["cat", "dog"], [12, 3]),
            ("n;name\n12;cat\n3;dog\n", ["cat", "dog"], [12, 3]),
            ("cat\t12\r\ndog\t0\r\n", ["cat", "dog"], [12, 0]), ("12\n3\n", ["0", "1"], [12, 3]),
            ("count\n12\n3.0\n", ["0", "1"], [12, 3]), ("label,images\n1,3\n0,12\n", ["0", "1"], [12, 3]),
            ("# of iNaturalist\nclass,count\n\"a, b\",1\n", ["a, b"], [1]),
        ])
    func read(text: String, names: [String], counts: [Int]) throws {
        let found = try ClassCountsFile.read(folder.file(text))
        #expect(found.names == names && found.counts == counts)
    }

    @Test(
        "What cannot be read says where and why",
        arguments: [
            ("", "counts no class"), ("class,count\n", "counts no class"),
            ("a,b\n1,2\n", ":1: the columns are 'a', 'b'"),
            ("class,count\ncat,x\n", ":2: 'x' is no number of images"),
            ("class,count\ncat,-3\n", ":2: '-3' is no number of images"), ("cat,1,2\n", ":1: the columns are"),
            ("class,count\ncat,1\ncat,2\n", ":3: the class 'cat' stands in line 2 too"),
            ("class,count\ncat\n", ":2: 1 field, but 2 columns"),
            ("class,count\na,9223372036854775807\nb,1\n", "impossible number of images"),
        ])
    func bad(text: String, message: String) {
        let found = failure { () throws(LongTailError) in _ = try ClassCountsFile.read(folder.file(text)) }
        #expect(found.contains(message), "\(found)")
    }
}

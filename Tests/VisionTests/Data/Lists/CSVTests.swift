import Foundation
import LongTail
import Testing

/// Tables of paths and class names.
@Suite struct CSVTests {
    /// Reads a table beside which some pictures lie.
    private func read(
        _ text: String, classes: [String]? = nil, columns: [String]? = nil, pictures: [String] = []
    ) throws -> ImageList {
        var list: ImageList?
        try withFolder { folder in
            for picture in pictures { try AtomicFile.write("x", to: "\(folder)/\(picture)") }
            try AtomicFile.write(text, to: "\(folder)/table.csv")
            list = try ImageList.csv("\(folder)/table.csv", classes: classes, columns: columns, below: folder)
        }
        return try #require(list)
    }

    private func paths(_ list: ImageList) -> [String] { (0..<list.count).map { list.paths[$0] } }

    @Test("With a header, columns are found by name; without one, they are path and class") func columns() throws {
        let plain = try read("cats/1.jpg,cat\ndogs/1.jpg,dog\ncats/2.jpg,cat\n")
        #expect(plain.classNames == ["cat", "dog"] && plain.labels == [0, 1, 0])
        let headed = try read("\u{FEFF}id,Species,File\r\n1,dog,d/1.jpg\r\n2, cat ,c/1.jpg\r\n")
        #expect(headed.classNames == ["cat", "dog"] && headed.labels == [1, 0])
        #expect((0..<2).map { headed.paths[$0] } == ["d/1.jpg", "c/1.jpg"])
    }

    @Test("Quoted fields may hold commas and doubled quotes") func quotes() throws {
        let list = try read("\"a, b/1.jpg\",\"the \"\"big\"\" cat\"\n2.jpg,\"\"\"\"\n")
        #expect(list.paths[0] == "a, b/1.jpg")
        #expect(list.classNames == ["\"", "the \"big\" cat"])
    }

    @Test("Classes that are numbers are sorted as numbers; others by code point") func order() throws {
        #expect(try read("a.jpg,10\nb.jpg,9\nc.jpg,100\n").classNames == ["9", "10", "100"])
        #expect(try read("a.jpg,b\nb.jpg,ä\nc.jpg,Z\n").classNames == ["Z", "b", "ä"])
    }

    @Test(
        "Wrong records are told by file, line and reason",
        arguments: [
            ("a.jpg,cat\nb.jpg\n", ":2: 1 field, expected 2"),
            ("a.jpg\n", ":1: 1 field, expected 2"),
            ("path,class\na.jpg,cat,7\n", ":2: 3 fields, expected 2"),
            (",cat\n", ":1: no path"),
            ("/etc/a.jpg,cat\n", ":1: an absolute path"),
            ("\"a.jpg,cat\n", ":1: a quote that is not closed"),
            ("\"a\".jpg,cat\n", ":1: text after a closed quote"),
            ("a\".jpg,cat\n", ":1: a quote inside a field"),
            ("path,class\n", "names no picture"),
        ]) func refused(text: String, message: String) throws
    {
        let problem = failure { _ = try read(text) }?.problem ?? "none"
        #expect(problem.contains("table.csv") && problem.contains(message), "\(problem)")
    }

    @Test("A class that was not trained on is refused, with the nearest that was") func unknownClass() throws {
        #expect(try read("x.jpg,dog\n", classes: ["zebra", "dog"]).labels == [1])
        let refused = failure { _ = try read("x.jpg,dog\ny.jpg,zebre\n", classes: ["zebra", "dog"]) }
        #expect(refused?.problem.contains(":2: the class 'zebre' is not among the 2 classes trained on") == true)
        #expect(refused?.remedy == "Did you mean 'zebra'?")
    }

    @Test(
        "The headings of the field's tables are known, in any case and with other columns",
        arguments: [
            "image_id,label", "image_path,label", "path,labels", "image,scientific_name", "id,breed",
            "File Name,Category",
            "img,Class_Name", "PATH,Target", "image-id,dx", "photo,taxon",
        ]) func headings(heading: String) throws
    {
        let list = try read("\(heading)\na/1.jpg,cat\nb/1.jpg,dog\n")
        #expect(list.classNames == ["cat", "dog"] && paths(list) == ["a/1.jpg", "b/1.jpg"])
    }

    @Test("Of several known columns a path goes before a file's name, that before an id, and a name before a number")
    func manyColumns() throws {
        let skin = try read("lesion_id,image_id,dx,dx_type\nHAM_1,ISIC_1,nv,histo\nHAM_2,ISIC_2,mel,histo\n")
        #expect(skin.classNames == ["mel", "nv"] && paths(skin) == ["ISIC_1", "ISIC_2"])
        let birds = try read("id,class_id,class_name,file_name\n7,0,heron,h/1.jpg\n8,1,stork,s/1.jpg\n")
        #expect(birds.classNames == ["heron", "stork"] && paths(birds) == ["h/1.jpg", "s/1.jpg"])
    }

    @Test("A heading that is not known is told with its columns, and they can be named") func unknownHeading() throws {
        let text = "where,bird of the day,note\nh/1.jpg,heron,x\ns/1.jpg,stork,y\n"
        let plain = failure { _ = try read(text, pictures: ["h/1.jpg"]) }
        #expect(plain?.problem.contains("table.csv:1: begins with a heading that is not known") == true)
        #expect(plain?.problem.hasSuffix("its columns are 'where', 'bird of the day', 'note'") == true)
        #expect(plain?.remedy?.contains("data.columns: [PATH, CLASS]") == true)
        #expect(plain?.remedy?.contains("image_id") == true)
        let named = try read(text, columns: ["where", "Bird Of The Day"])
        #expect(named.classNames == ["heron", "stork"])
        let wrong = failure { _ = try read(text, columns: ["wher", "note"]) }
        #expect(wrong?.problem.contains("has no column 'wher': its columns are 'where'") == true)
        #expect(wrong?.remedy?.hasPrefix("Did you mean 'where'?") == true)
        // One column that is known is enough to see a heading, without any picture.
        #expect(failure { _ = try read("label,bird\nh/1.jpg,heron\n") }?.problem.contains("not known") == true)
        // A picture without an ending is no heading: it is there, or nothing else says that it heads anything.
        #expect(try read("h1,heron\ns1,stork\n", pictures: ["h1", "s1"]).count == 2)
        #expect(try read("image,heron\ns1,stork\n", pictures: ["image"]).count == 2)
        #expect(try read("h1,heron\ns1,stork\n").count == 2)
    }

    @Test("A column for each class: the one with 1 is the picture's, several and none are left out and counted")
    func marks() throws {
        let roboflow = try read(
            "filename, bear, fox, heron\na.jpg, 1, 0, 0\nb.jpg, 0, 1, 0\nc.jpg, 1, 1, 0\nd.jpg, 0, 0, 0\ne.jpg, 0, 0, 0\n"
        )
        #expect(roboflow.classNames == ["bear", "fox"] && paths(roboflow) == ["a.jpg", "b.jpg"])
        #expect(
            roboflow.notes == [
                "2 rows without a class (all 0) are left out, the first in line 5",
                "1 row of several classes is left out, line 4", "no picture has the class 'heron'",
            ])
        let skin = try read("image,MEL,NV,split\nx,0.0,1.0,train\ny,1.0,0.0,val\n")
        #expect(skin.classNames == ["MEL", "NV"] && skin.labels == [1, 0] && skin.parts == [.train, .validation])
        #expect(try read("id,False Map,Palm\nx,True,False\ny,False,True\n").classNames == ["False Map", "Palm"])
        #expect(try read("filename,bear,fox\nz.jpg,0,1\n", classes: ["bear", "fox"]).labels == [1])
        let half = failure { _ = try read("filename,bear,fox\na.jpg,0,1\nb.jpg,0.5,1\n") }
        #expect(half?.problem.contains(":3: '0.5' in the column 'bear' is neither 0 nor 1") == true)
        #expect(failure { _ = try read("filename,width,fox\na.jpg,640,1\n") }?.problem.contains("not known") == true)
    }

    @Test("A column of parts is read in any words; without such words it is a column like others") func parts() throws {
        let list = try read("path,label,Split\na.jpg,x,TRAIN\nb.jpg,y,training\nc.jpg,x,val\nd.jpg,y,Test\n")
        #expect(list.parts == [.train, .train, .validation, .test])
        let folds = try read("path,label,fold\na.jpg,x,0\nb.jpg,y,1\n")
        #expect(folds.parts.isEmpty)
        #expect(folds.notes == ["the column 'fold' is not heeded: '0' is not train, validation or test"])
        #expect(try read("path,label,width\na.jpg,x,0\nb.jpg,y,1\n").notes.isEmpty)
        let strange = failure { _ = try read("path,label,set\na.jpg,x,train\nb.jpg,y,spare\n") }
        #expect(strange?.problem.contains(":3: 'spare' in the column 'set' is no part of a data set") == true)
    }

    @Test("Rows without a class are left out and counted") func nameless() throws {
        let list = try read("a.jpg,cat\nb.jpg,\nc.jpg,NaN\nd.jpg,dog\ne.jpg,<NA>\nf.jpg,None\n")
        #expect(list.classNames == ["None", "cat", "dog"])
        #expect(list.notes == ["3 rows without a class (empty or NaN) are left out, the first in line 2"])
        #expect(failure { _ = try read("a.jpg,nan\n") }?.problem.contains("names no picture: 1 row without") == true)
    }

    @Test("Semicolons and tabs separate fields where the first line has no comma") func separators() throws {
        #expect(try read("path;class\na,b.jpg;cat\nc.jpg;dog\n").paths[0] == "a,b.jpg")
        #expect(try read("path\tclass\na b.jpg\tcat\n").paths[0] == "a b.jpg")
        #expect(try read("\"a,b.jpg\";cat\nc.jpg;dog\n").classNames == ["cat", "dog"])
        #expect(try read("a;b;c.jpg,cat\n").paths[0] == "a;b;c.jpg")
    }

    @Test("Backslashes are folders where the path is no file as it stands; a drive is refused") func backslashes()
        throws
    {
        let text = "bear\\0.jpg,bear\nfox\\1.jpg,fox\n"
        let list = try read(text, pictures: ["bear/0.jpg"])
        #expect(paths(list) == ["bear/0.jpg", "fox/1.jpg"])
        #expect(list.notes == ["backslashes are read as slashes, as in bear\\0.jpg"])
        #expect(paths(try read(text, pictures: ["bear\\0.jpg"])) == ["bear\\0.jpg", "fox\\1.jpg"])
        for path in ["C:\\photos\\0.jpg", "d:/photos/0.jpg", "\\\\server\\0.jpg", "..\\0.jpg", "a\\..\\..\\0.jpg"] {
            let refused = failure { _ = try read("\(path),bear\n") }
            #expect(
                refused?.problem.contains(path.contains("..") ? "climbs with '..'" : ":1: a path of Windows, '") == true
            )
            #expect(refused?.remedy?.contains("data.root") == true)
        }
        try withFolder { folder in
            try AtomicFile.write("a\\1.jpg 0\nb\\1.jpg 1\n", to: "\(folder)/list.txt")
            let list = try ImageList.file("\(folder)/list.txt", below: folder)
            #expect(paths(list) == ["a/1.jpg", "b/1.jpg"] && list.notes.count == 1)
        }
    }
}

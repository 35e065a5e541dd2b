import Foundation
import Testing

/// Words of other programs: subcommands and options that are led to what does it here.
@Suite struct StrangerTests {
    @Test(
        "A word that is no command is led to the one that does what it means, with what was typed after it",
        arguments: [
            (["resume", "runs/x"], "longtail train --resume runs/x"), (["resume"], "longtail train --resume RUN"),
            (["continue", "my run"], "longtail train --resume 'my run'"),
            (["eval", "runs/x", "--json"], "longtail evaluate runs/x --json"), (["test"], "longtail evaluate RUN"),
            (["infer", "runs/x", "a.jpg"], "longtail predict runs/x a.jpg"),
            (["classify"], "longtail predict RUN PICTURES"),
            (["finetune"], "longtail btm FILE PHOTOS"), (["fit", "demo"], "longtail train demo"),
            (["Fine_Tune"], "longtail train RECIPE"), (["convert", "m.pth"], "longtail import m.pth"),
            (["convert", "runs/x"], "longtail export runs/x"),
            (["check", "photos"], "longtail data check photos"),
            (["inspect", "m.pth"], "longtail import --dry-run m.pth"), (["report"], "longtail evaluate RUN"),
            (["soup"], "longtail merge"), (["download", "cifar-100"], "longtail data get cifar-100"),
            (["version"], "longtail --version"), (["evaluat", "x"], "evaluate"), (["calibarte"], "calibrate"),
        ])
    func commands(_ words: [String], _ meant: String) throws {
        let outcome = try Longtail.run(words)
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("longtail: there is no command '\(words[0])'"))
        #expect(outcome.errors.contains("Did you mean '\(meant)") && outcome.errors.contains("There are: plan, "))
    }

    @Test("A word that means nothing is answered with the commands; a folder or a run with what can be done with it")
    func places() throws {
        let desk = try Desk()
        let nothing = try desk.run(["xyzzyq"])
        #expect(nothing.status == 64 && !nothing.errors.contains("Did you mean"))
        let photos = try desk.pictures("photos", classes: ["a"])
        let folder = try desk.run(["\(photos)/train/"])
        #expect(folder.errors.contains("longtail btm FILE \(photos)/train/"), "\(folder.errors)")
        let run = try FinishedRun.shared.get().path
        #expect(try desk.run([run]).errors.contains("It is a run: longtail evaluate \(run)"))
        try desk.write("x", as: "model.bin")
        #expect(try desk.run(["model.bin"]).errors.contains("longtail import model.bin"))
    }

    @Test(
        "Options that are keys of the recipe name the --set that does it, for the stages of that recipe",
        arguments: [
            (
                ["train", "RECIPE", "--epochs", "3"],
                "--set stages.pre-train.epochs=3 --set stages.btm.epochs=3 --set stages.post-train.epochs=3"
            ),
            (["train", "RECIPE", "--lr=0.1"], "--set stages.pre-train.rate.base=0.1"),
            (
                ["btm", "--checkpoint", "m.pth", "--data", "photos", "--batch-size", "8"],
                "--set stages.btm.batch-size=8 --set stages.post-train.batch-size=8"
            ),
            (
                ["btm", "--checkpoint", "m.pth", "--recipe", "RECIPE", "--epochs", "3"],
                "Write: --set stages.btm.epochs=3 --set stages.post-train.epochs=3"
            ),
            (["train", "--num_epochs", "5", "RECIPE"], "--set stages.pre-train.epochs=5"),
            (["train", "RECIPE", "--img-size", "96"], "--set data.image-size=96"),
            (["train", "RECIPE", "--seed", "7"], "--set seed=7"),
            (["plan", "RECIPE", "--weight-decay"], "--set stages.pre-train.weight-decay=VALUE"),
            (["train", "--epochs", "3"], "--set stages.STAGE.epochs=3"),
            (["train", "absent.yaml", "--epochs", "3"], "--set stages.STAGE.epochs=3"),
        ])
    func options(_ words: [String], _ meant: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "r.yaml")
        let outcome = try desk.run(words.map { $0 == "RECIPE" ? recipe : $0 })
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("longtail: \(words[0]) has no option --"), "\(outcome.errors)")
        #expect(outcome.errors.contains(meant), "\(outcome.errors)")
    }

    @Test("Several at once are answered at once; what is written as told is taken; a resumed run keeps its recipe")
    func several() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "r.yaml")
        let outcome = try desk.run(["train", recipe, "--epochs", "1", "--lr", "0.1"])
        #expect(outcome.errors.contains("no option --epochs, --lr: they are keys of the recipe"), "\(outcome.errors)")
        #expect(outcome.errors.contains("stages.pre-train.rate.base=0.1"))
        let told = ["pre-train", "btm", "post-train"].flatMap { ["--set", "stages.\($0).epochs=1"] }
        #expect(try desk.run(["recipe", "show", recipe] + told).status == 0)
        let resumed = try desk.run(["train", "--resume", "runs/x", "--epochs", "9"])
        #expect(resumed.status == 64 && resumed.errors.contains("it keeps its recipe"), "\(resumed.errors)")
        #expect(resumed.errors.contains("runs/x/recipe.yaml"))
    }
}

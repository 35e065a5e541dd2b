import ArgumentParser
struct Ablate: ParsableCommand { func run() throws {} }

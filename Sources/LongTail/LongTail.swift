// One import for all of the library: `import LongTail`. Each floor is a product of its own, too.
@_exported import LongTailBasics
@_exported import LongTailExperiments
@_exported import LongTailExporting
@_exported import LongTailFiles
@_exported import LongTailImbalance
@_exported import LongTailPredictions
@_exported import LongTailRecipeCoding
@_exported import LongTailReporting
@_exported import LongTailSerialization
@_exported import LongTailTorch
@_exported import LongTailTraining
@_exported import LongTailVision

import Basics
import Foundation
import Serialization
import Torch
import Vision

// temporary: throughput of a step
let bf = CommandLine.arguments.contains("bf16")
let cl = CommandLine.arguments.contains("cl")
try Engine.setThreads(2)
let network = try Network(.resnet32, classifier: .linear, classes: 100, seed: 0)
let parameters = try network.parameters()
print(parameters.count, Engine.version)
let sgd = SGD([.init(parameters)], momentum: 0.9, weightDecay: 5e-4)
var random = CounterRandom(seed: 1, purpose: .test)
let pixels = (0..<128 * 3072).map { _ in UInt8(random.below(256)) }
let targets = try Tensor((0..<128).map { $0 % 100 })
let clock = ContinuousClock()
for round in 0..<4 {
    let time = try clock.measure {
        for _ in 0..<10 {
            var x = try Tensor(pixels, shape: [128, 3, 32, 32]).to(bf ? .bfloat16 : .float32).mul(1 / 64.0)
            if cl { x = try x.contiguous(.channelsLast) }
            let loss = try autocast(bf ? .bfloat16 : .float32) { () throws(Failure) in try network(x).crossEntropy(targets) }
            try loss.backward()
            try sgd.step(rate: 0.01)
            if CommandLine.arguments.contains("v") { print(try loss.item()) }
        }
    }
    print(round, 1280 / (Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)), "images/s")
}

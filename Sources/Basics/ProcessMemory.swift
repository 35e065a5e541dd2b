import Foundation

/// What this process holds in memory.
public enum ProcessMemory {
    /// The highest resident size so far, in bytes; 0 where the system does not say.
    public static var peak: Int {
        var usage = rusage()
        // RUSAGE_SELF, whose type differs between systems.
        guard getrusage(0, &usage) == 0 else { return 0 }
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) * 1024
        #endif
    }
}

/// The registry: adding a method adds one line here.
public enum Methods {
    /// Every method, in the order of the documentation.
    public static let all: [any Method.Type] = [
        CrossEntropy.self, BalancedSoftmax.self, LogitAdjustment.self, PostHocLogitAdjustment.self, Focal.self,
        ClassBalanced.self, LDAM.self, LADE.self, CRT.self, LWS.self, TauNorm.self, NCM.self, DisAlign.self,
        MiSLAS.self, GML.self, Remixed.self, CMO.self, DiVE.self, LFMEExpert.self, LFME.self, BBN.self, RIDE.self,
        RIDERouting.self, SADE.self, PaCo.self, GPaCo.self,
    ]

    public static var names: [String] { all.map { $0.name } }

    /// The method of a name.
    public static func named(_ name: String) -> (any Method.Type)? { all.first { $0.name == name } }
}

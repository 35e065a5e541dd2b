/// The version of this program.
public let longtailVersion = "0.1.0"

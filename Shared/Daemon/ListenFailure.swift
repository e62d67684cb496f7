/// A port that could not be taken, told with the setting that moves it.
struct ListenFailure: Error, CustomStringConvertible {
  let address: String
  let setting: String
  let reason: String

  var description: String { "cannot listen at \(address) (\(setting)): \(reason)" }
}

/// Passes on what the body returns; what it throws becomes a failure that names the address and the setting.
@discardableResult
public func listening<T>(at address: String, moving setting: String, _ body: () throws -> T) throws -> T {
  do { return try body() } catch {
    throw ListenFailure(address: address, setting: setting, reason: String(describing: error))
  }
}

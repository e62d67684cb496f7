import Settings

/// What `--help` prints: the arguments, then every setting the daemon reads, with its default and meaning.
func helpText(of service: ServiceName, settings: [EnvironmentReader.Setting]) -> String {
  var text = """
    carillon-\(service.rawValue) \(suiteVersion), a daemon of the Carillon suite

      --check     tell what is wrong with the settings, then leave with 0 or 100
      --migrate   bring the database's schema up to date, then leave
      --probe     ask the daemon of these settings whether it is ready, then leave with 0 or 111
      --help      this text
      --version   the version alone

    Leaves with 0 after a stop, 100 when a setting is wrong, 111 when a new start may help.

    Settings, from the environment only:

    """
  for setting in settings {
    let fallback = setting.fallback.isEmpty ? "" : " (\(setting.fallback))"
    text += "  \(setting.name)\(fallback)\n      \(setting.meaning)\n"
  }
  return text
}

/// The version of the whole suite; its daemons are released together.
public let suiteVersion = "1.0.0"

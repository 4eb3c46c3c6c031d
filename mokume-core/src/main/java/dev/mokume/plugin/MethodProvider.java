package dev.mokume.plugin;

import java.util.List;

/// What a jar offers: named as a service, `provides dev.mokume.plugin.MethodProvider with ...` in
/// its `module-info.java`, or in `META-INF/services/dev.mokume.plugin.MethodProvider`.
///
/// A provider has a public constructor without parameters.
public interface MethodProvider {
  List<MergeMethod> methods();
}

/// Two merge methods of one's own, as a jar for `--plugins`.
module dev.mokume.sample {
  requires dev.mokume.core;

  provides dev.mokume.plugin.MethodProvider with
      dev.mokume.sample.SampleMethods;
}

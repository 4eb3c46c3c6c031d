package dev.mokume.architecture;
/// placeholder
public enum Component { UNET }

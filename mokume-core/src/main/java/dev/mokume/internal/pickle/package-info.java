/// What torch saves: a pickle that describes an object, and the bytes of its tensors beside it.
///
/// Source: the opcodes of Python's `pickletools`, `torch/serialization.py` and `torch/_utils.py`
/// for what torch has them describe, PKWARE's APPNOTE for the archive around them. Start with
/// [PickleFormat]; the way of a file is [TorchArchive] or [PickledFile], [PickleMachine],
/// [WeightSearch], [TensorReader].
///
/// A pickle is a program for a machine that imports what it names and calls it: loading one in
/// Python can do anything. Here nothing is imported, made or called. The machine writes down what
/// the pickle describes, and what the weights are made of is read if [Known] says what it means.
/// What a hostile file could try, and what stops it:
///
/// * a name that does harm when it is called: a name stays a name; among the weights it is refused,
///   beside them it is told;
/// * opcodes that reach out of the file, or that only hand-made pickles use: refused by name;
/// * endless pickles, deep nesting, long texts and numbers, many values: each has a bound, and the
///   heap for what is noted has one;
/// * structures that hold themselves, or a few that are shared over and over: walked without
///   recursion, each once;
/// * a tensor that reaches behind its storage, a storage behind its file, sizes that overflow:
///   computed exactly and held against each other;
/// * a few bytes that are shown as a tensor of terabytes: views larger than 4 GiB on less are
///   refused;
/// * an archive whose directory and files tell different things, overlap or lie about their sizes:
///   held against each other; what inflates is never held whole;
/// * names with folders in them: keys of a map, never paths;
/// * names that command a terminal: escaped in every message.
@NullMarked
package dev.mokume.internal.pickle;

import org.jspecify.annotations.NullMarked;

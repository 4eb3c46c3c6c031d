package dev.mokume.cli;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.FieldRefEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Writes out what javac leaves to be made up at run time, in the classes of a jar: the tests of a
/// switch over types, and the `equals` and `hashCode` of a record.
///
/// The first use of each takes a millisecond or more, as the JVM makes a class for it that its
/// ahead-of-time cache cannot hold (JDK 25 holds those of lambdas and of string concatenations
/// only). A merge meets sixty. What the code does stays the same.
final class EarlyLinking {
  private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
  private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");

  private static final int HELPER =
      ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;

  private EarlyLinking() {}

  /// The process that the launcher runs before the cache is made: the arguments are the jars, whose
  /// classes and what they use are on the class path.
  public static void main(String[] args) throws IOException {
    for (String jar : args) {
      link(Path.of(jar));
    }
  }

  /// Leaves a jar that has none of these as it is.
  static void link(Path jar) throws IOException {
    JarClasses.rewrite(jar, bytes -> link(bytes, EarlyLinking.class.getClassLoader()));
  }

  /// The class file, or one that does the same.
  ///
  /// @param types where the classes are found that it refers to
  static byte[] link(byte[] bytes, ClassLoader types) {
    ClassFile form =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(types)
                    .orElse(ClassHierarchyResolver.defaultResolver())));
    ClassModel model = form.parse(bytes);
    Helpers helpers = new Helpers(model);
    if (model.methods().stream().noneMatch(Helpers::concerns)) {
      return bytes;
    }
    return form.transformClass(
        model,
        (builder, element) -> {
          if (element instanceof MethodModel method && Helpers.concerns(method)) {
            builder.transformMethod(
                method,
                (methodBuilder, part) -> {
                  if (part instanceof CodeModel code) {
                    methodBuilder.transformCode(code, helpers::replace);
                  } else {
                    methodBuilder.with(part);
                  }
                });
            helpers.addTo(builder);
          } else {
            builder.with(element);
          }
        });
  }

  private static boolean isKnown(CodeElement element) {
    return element instanceof InvokeDynamicInstruction call && (isSwitch(call) || isOfRecord(call));
  }

  /// A switch by types alone. One that has strings or numbers among its labels stays.
  private static boolean isSwitch(InvokeDynamicInstruction call) {
    return call.bootstrapMethod().owner().equals(SWITCHES)
        && call.name().equalsString("typeSwitch")
        && call.typeSymbol().parameterType(0).isClassOrInterface()
        && labels(call).stream().allMatch(ClassEntry.class::isInstance);
  }

  private static boolean isOfRecord(InvokeDynamicInstruction call) {
    return call.bootstrapMethod().owner().equals(RECORDS)
        && (call.name().equalsString("equals") || call.name().equalsString("hashCode"));
  }

  private static List<LoadableConstantEntry> labels(InvokeDynamicInstruction call) {
    return call.invokedynamic().bootstrap().arguments();
  }

  /// The methods that a class gets in place of calls that are linked at run time.
  private static final class Helpers {
    private final ClassDesc owner;
    private final boolean inInterface;
    private final Map<String, Consumer<ClassBuilder>> pending = new LinkedHashMap<>();
    private int count;

    Helpers(ClassModel model) {
      this.owner = model.thisClass().asSymbol();
      this.inInterface = model.flags().has(AccessFlag.INTERFACE);
    }

    static boolean concerns(MethodModel method) {
      return method.code().stream()
          .flatMap(CodeModel::elementStream)
          .anyMatch(EarlyLinking::isKnown);
    }

    void replace(CodeBuilder builder, CodeElement element) {
      if (!isKnown(element)) {
        builder.with(element);
        return;
      }
      InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
      String name = "linked$" + call.name().stringValue() + "$" + count++;
      MethodTypeDesc type = call.typeSymbol();
      Consumer<CodeBuilder> body;
      if (isSwitch(call)) {
        List<ClassDesc> labels = new ArrayList<>();
        labels(call).forEach(label -> labels.add(((ClassEntry) label).asSymbol()));
        body = code -> writeSwitch(code, labels);
      } else {
        List<FieldRefEntry> fields = new ArrayList<>();
        for (LoadableConstantEntry argument : labels(call)) {
          if (argument instanceof MethodHandleEntry getter) {
            fields.add((FieldRefEntry) getter.reference());
          }
        }
        body =
            call.name().equalsString("equals")
                ? code -> writeEquals(code, fields)
                : code -> writeHashCode(code, fields);
      }
      pending.put(name, built -> built.withMethodBody(name, type, HELPER, body));
      builder.invokestatic(owner, name, type, inInterface);
    }

    /// Adds what was replaced since the last call.
    void addTo(ClassBuilder builder) {
      pending.values().forEach(helper -> helper.accept(builder));
      pending.clear();
    }

    /// `(value, from)`: the index of the first label from that one on whose type the value has;
    /// their number if there is none, and -1 for null.
    private static void writeSwitch(CodeBuilder code, List<ClassDesc> labels) {
      Label isNull = code.newLabel();
      code.aload(0).ifnull(isNull);
      for (int i = 0; i < labels.size(); i++) {
        Label next = code.newLabel();
        code.iload(1).loadConstant(i).if_icmpgt(next);
        code.aload(0).instanceOf(labels.get(i)).ifeq(next);
        code.loadConstant(i).ireturn();
        code.labelBinding(next);
      }
      code.loadConstant(labels.size()).ireturn();
      code.labelBinding(isNull).iconst_m1().ireturn();
    }

    private void writeEquals(CodeBuilder code, List<FieldRefEntry> fields) {
      Label differ = code.newLabel();
      code.aload(1).instanceOf(owner).ifeq(differ);
      code.aload(1).checkcast(owner).astore(2);
      for (FieldRefEntry field : fields) {
        ClassDesc type = field.typeSymbol();
        get(code, 0, field);
        get(code, 2, field);
        switch (TypeKind.from(type).asLoadable()) {
          case INT -> code.if_icmpne(differ);
          case LONG -> code.lcmp().ifne(differ);
          case FLOAT, DOUBLE ->
              code.invokestatic(
                      box(type), "compare", MethodTypeDesc.of(ConstantDescs.CD_int, type, type))
                  .ifne(differ);
          default ->
              code.invokestatic(
                      OBJECTS,
                      "equals",
                      MethodTypeDesc.of(
                          ConstantDescs.CD_boolean,
                          ConstantDescs.CD_Object,
                          ConstantDescs.CD_Object))
                  .ifeq(differ);
        }
      }
      code.iconst_1().ireturn();
      code.labelBinding(differ).iconst_0().ireturn();
    }

    private void writeHashCode(CodeBuilder code, List<FieldRefEntry> fields) {
      code.iconst_0();
      for (FieldRefEntry field : fields) {
        ClassDesc type = field.typeSymbol();
        code.loadConstant(31).imul();
        get(code, 0, field);
        boolean primitive = type.isPrimitive();
        code.invokestatic(
            primitive ? box(type) : OBJECTS,
            "hashCode",
            MethodTypeDesc.of(ConstantDescs.CD_int, primitive ? type : ConstantDescs.CD_Object));
        code.iadd();
      }
      code.ireturn();
    }

    private void get(CodeBuilder code, int variable, FieldRefEntry field) {
      code.aload(variable).getfield(owner, field.name().stringValue(), field.typeSymbol());
    }

    private static ClassDesc box(ClassDesc primitive) {
      return switch (TypeKind.from(primitive)) {
        case BOOLEAN -> ConstantDescs.CD_Boolean;
        case BYTE -> ConstantDescs.CD_Byte;
        case SHORT -> ConstantDescs.CD_Short;
        case CHAR -> ConstantDescs.CD_Character;
        case INT -> ConstantDescs.CD_Integer;
        case LONG -> ConstantDescs.CD_Long;
        case FLOAT -> ConstantDescs.CD_Float;
        case DOUBLE -> ConstantDescs.CD_Double;
        case REFERENCE, VOID -> throw new IllegalArgumentException("no box: " + primitive);
      };
    }
  }
}
